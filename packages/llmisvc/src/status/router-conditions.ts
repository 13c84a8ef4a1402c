import {
  type InferencePool,
  type InferencePoolV1alpha2,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import { childName } from '@weir/api/meta';
import { type ConditionType, childSuffixes, conditionReasons } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import { hasManagedScheduler, routingGroup } from '../desired/index.ts';
import { ingressVerdict } from './ingress.ts';
import type { ComposedStatusInput } from './input.ts';
import { gatewaysVerdict, type PoolReport, poolVerdict, routesOf, routesVerdict } from './routing.ts';
import { isFalse, isTrue, type Verdict } from './verdict.ts';
import { schedulerVerdict, singleDeploymentVerdict } from './workload.ts';

type Verdicts = Partial<Record<ConditionType, Verdict | undefined>>;

/** Those that RouterReady sums up; the first that is not True decides. */
export const routerConditions: readonly ConditionType[] = [
  'GatewaysReady',
  'HTTPRoutesReady',
  'InferencePoolReady',
  'SchedulerWorkloadReady',
  'TokenizerReady',
  'IngressReady',
];

/** How requests find their way, one condition for each station. What a service does not have has no condition. */
export function routerVerdicts(input: ComposedStatusInput): Verdicts {
  const { service, spec, observed } = input;
  const { name = '', namespace = '' } = service.metadata;
  const scheduler = spec.router?.scheduler;
  const isManaged = hasManagedScheduler(spec);
  const routes = routesOf(observed);
  return {
    GatewaysReady: gatewaysVerdict(spec, observed, namespace),
    HTTPRoutesReady: spec.router?.route?.http === undefined ? undefined : routesVerdict(routes),
    InferencePoolReady:
      scheduler === undefined
        ? undefined
        : withMembers(input, poolVerdict(poolReports(input), routes, scheduler.pool?.ref?.name)),
    SchedulerWorkloadReady: isManaged
      ? schedulerVerdict(observed, childName(name, childSuffixes.scheduler))
      : undefined,
    TokenizerReady:
      isManaged && scheduler?.tokenizer?.template !== undefined
        ? singleDeploymentVerdict(observed, childName(name, childSuffixes.tokenizer))
        : undefined,
    IngressReady: spec.router?.ingress === undefined ? undefined : ingressVerdict(input),
    ...groupVerdicts(input),
  };
}

/** A pool that gateways accept is of no use while no pod in it is ready. Without pods to read nothing is known. */
function withMembers({ spec, observed }: ComposedStatusInput, verdict: Verdict): Verdict {
  const selector = Object.entries(spec.router?.scheduler?.pool?.spec?.selector?.matchLabels ?? {});
  const members = observed.pods.filter(({ metadata }) =>
    selector.every(([key, value]) => metadata.labels?.[key] === value),
  );
  const isReady = ({ status }: Pod): boolean =>
    (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
  if (verdict.status !== 'True' || selector.length === 0 || members.length === 0 || members.some(isReady))
    return verdict;
  return isFalse(
    conditionReasons.endpointsEmpty,
    `none of the ${members.length} pods in the pool is ready — see MainWorkloadReady`,
  );
}

/** What gateways say about the pool, in both generations of its API; one that accepts it is enough. */
function poolReports({ spec, observed }: ComposedStatusInput): PoolReport[] {
  if (spec.router?.scheduler?.pool?.ref?.name) return observed.pools.map(reportOf);
  return observed.children.flatMap(({ kind, object }): PoolReport[] => {
    if (kind.plural !== inferencePoolV1.plural) return [];
    if (kind.group === inferencePoolV1alpha2.group) {
      const { metadata, status } = object as InferencePoolV1alpha2;
      return [{ metadata, parents: status?.parent ?? [] }];
    }
    return [reportOf(object as InferencePool)];
  });
}

function reportOf({ metadata, status }: InferencePool): PoolReport {
  return { metadata, parents: status?.parents ?? [] };
}

/** Neither counts towards Ready: the service itself works. */
function groupVerdicts(input: ComposedStatusInput): Verdicts {
  const group = routingGroup(input);
  if (group === null) return {};
  const divergent = `${group.divergent.join(', ')} of group ${group.name} serve other models and get no requests of it`;
  return {
    GroupReady: { ...isTrue, reason: conditionReasons.membersResolved },
    GroupDegraded:
      group.divergent.length === 0
        ? undefined
        : { ...isFalse(conditionReasons.memberDivergence, divergent), status: 'True' },
  };
}
