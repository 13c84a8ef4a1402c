import type { HTTPRoute } from '@weir/api/gateway';
import {
  type InferencePool,
  type InferencePoolV1alpha2,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import { childName } from '@weir/api/meta';
import { type ConditionType, childSuffixes, conditionReasons, nameLabel } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import { hasManagedScheduler } from '../desired/index.ts';
import { groupVerdicts } from './group-conditions.ts';
import { ingressVerdict } from './ingress.ts';
import type { ComposedStatusInput } from './input.ts';
import { placedPods } from './placed-pods.ts';
import { routePaths } from './route-paths.ts';
import { gatewaysVerdict, type PoolReport, poolVerdict, routesOf, routesVerdict } from './routing.ts';
import { isFalse, type Verdict } from './verdict.ts';
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
  const { service, spec, platform, observed } = input;
  const { name = '', namespace = '' } = service.metadata;
  const scheduler = spec.router?.scheduler;
  const isManaged = hasManagedScheduler(spec);
  const routes = routesOf(observed);
  return {
    GatewaysReady: gatewaysVerdict(spec, observed, namespace),
    HTTPRoutesReady:
      spec.router?.route?.http === undefined
        ? undefined
        : withUrlAdvice(routesVerdict(routes), routes, platform.modelBasedRoutingHeaderName),
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

/** A route may work and have no URL that anybody could be given. */
function withUrlAdvice(verdict: Verdict, routes: readonly HTTPRoute[], modelHeader: string): Verdict {
  const hasUrl = routes.some((route) => routePaths(route, modelHeader).length > 0);
  if (verdict.status !== 'True' || hasUrl) return verdict;
  const message = 'no URL can be told, paths are matched by regular expressions only — add a match by prefix';
  return { ...verdict, message };
}

/** A pool that gateways accept is of no use while no pod in it is ready. Without pods to read nothing is known. */
function withMembers({ service, spec, observed }: ComposedStatusInput, verdict: Verdict): Verdict {
  const labels = spec.router?.scheduler?.pool?.spec?.selector?.matchLabels ?? {};
  const selector = Object.entries(labels);
  const pods = placedPods(observed.pods);
  const members = pods.filter(({ metadata }) =>
    selector.every(([key, value]) => metadata.labels?.[key] === value),
  );
  const isReady = ({ status }: Pod): boolean =>
    (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
  const isNothingKnown = selector.length === 0 || pods.length === 0;
  if (verdict.status !== 'True' || isNothingKnown || members.some(isReady)) return verdict;
  if (members.length > 0) {
    return isFalse(
      conditionReasons.endpointsEmpty,
      `none of the ${members.length} pods in the pool is ready — see MainWorkloadReady`,
    );
  }
  // A selector of the user's own may choose pods that are not ours.
  if (labels[nameLabel] !== service.metadata.name) return verdict;
  return isFalse(
    conditionReasons.endpointsEmpty,
    `no pod has the labels that the pool selects: ${selector.map((pair) => pair.join('=')).join(', ')}`,
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
