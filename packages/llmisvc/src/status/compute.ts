import { childName } from '@weir/api/meta';
import {
  childSuffixes,
  conditionReasons,
  type LLMInferenceServiceSpec,
  type LLMInferenceServiceStatus,
  validatedSpecAnnotation,
  type WorkloadStatus,
} from '@weir/api/serving';
import { hasManagedScheduler, type Workload, workloadsOf } from '../desired/index.ts';
import { computeAddresses } from './addresses.ts';
import { computeConditions } from './conditions.ts';
import { ingressEndpoints } from './ingress.ts';
import { type ComposedStatusInput, generationOf, type StatusInput } from './input.ts';
import { engineCause } from './pod-cause.ts';
import { routerStatus } from './router-status.ts';
import { discoverUrls, routingInput } from './routing-url.ts';
import { findDeployment, findWorkload, readyReplicasOf } from './workload.ts';

export type { StatusInput } from './input.ts';

/** The status of a service after a pass. Only `lastTransitionTime` of unchanged conditions is carried over. */
export function computeStatus(input: StatusInput): LLMInferenceServiceStatus {
  const { service, combined, isStopped } = input;
  const base = {
    observedGeneration: generationOf(input),
    conditions: computeConditions(input),
    ...appliedConfigsOf(input),
    ...annotationsOf(input),
    topology: topologyOf(combined.type === 'combined' ? combined.spec : (service.spec ?? {})),
  };
  if (isStopped) return { ...base, stage: 'Stopped' };
  if (combined.type === 'failed') return { ...lastKnown(input), ...base, stage: failedStage(input) };
  const composed: ComposedStatusInput = { ...input, spec: combined.spec };
  const router = routerStatus(composed);
  return {
    ...base,
    ...addressesOf(composed),
    ...(router === undefined ? {} : { router }),
    workloads: workloadsStatus(composed),
    replicas: replicasText(composed),
    model: combined.spec.model?.name ?? '',
    stage: stageOf(composed),
  };
}

/** A stopped service keeps those that it ran with, for when it runs again. */
function appliedConfigsOf(input: StatusInput): Pick<LLMInferenceServiceStatus, 'appliedConfigs'> {
  const { service, combined, isStopped } = input;
  const known = isStopped && combined.type === 'failed' ? (service.status?.appliedConfigs ?? []) : [];
  const applied = combined.appliedConfigs.length > 0 ? combined.appliedConfigs : known;
  return applied.length === 0 ? {} : { appliedConfigs: [...applied] };
}

function annotationsOf({ service, combined }: StatusInput): Pick<LLMInferenceServiceStatus, 'annotations'> {
  const { annotations } = service.status ?? {};
  if (combined.type === 'failed') return annotations === undefined ? {} : { annotations };
  const { pins, validated } = combined;
  return {
    annotations: { ...pins, ...(validated === undefined ? {} : { [validatedSpecAnnotation]: validated }) },
  };
}

/** A spec that could not be judged stops nothing that runs. */
function failedStage({ service, combined }: StatusInput): string {
  const isOpen = combined.type === 'failed' && combined.reason === conditionReasons.validationUnavailable;
  return isOpen ? (service.status?.stage ?? 'Pending') : 'Failed';
}

/** While a new spec cannot be composed, the old children run on and stay described. */
function lastKnown({ service }: StatusInput): LLMInferenceServiceStatus {
  const { url, addresses, router, workloads, replicas, model } = service.status ?? {};
  return {
    ...(url === undefined ? {} : { url }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(router === undefined ? {} : { router }),
    ...(workloads === undefined ? {} : { workloads }),
    ...(replicas === undefined ? {} : { replicas }),
    ...(model === undefined ? {} : { model }),
  };
}

function addressesOf(input: ComposedStatusInput): Pick<LLMInferenceServiceStatus, 'url' | 'addresses'> {
  const { service, spec, platform } = input;
  const gateway = computeAddresses(service, spec, platform, discoverUrls(routingInput(input)));
  const byIngress = ingressEndpoints(input).map(({ address }) => address);
  const addresses = [...gateway.addresses, ...byIngress];
  const url = gateway.url ?? byIngress[0]?.url;
  return {
    ...(url === undefined ? {} : { url }),
    ...(addresses.length === 0 ? {} : { addresses }),
  };
}

function workloadsStatus({
  service,
  spec,
  observed,
}: ComposedStatusInput): LLMInferenceServiceStatus['workloads'] & object {
  const name = service.metadata.name ?? '';
  const statusOf = (workload: Workload): WorkloadStatus => ({
    apiGroup: workload.kind.group,
    kind: workload.kind.kind,
    name: workload.name,
    readyReplicas: readyReplicasOf(observed, workload),
  });
  const [main, prefill] = workloadsOf(service, spec);
  const scheduler = childName(name, childSuffixes.scheduler);
  return {
    primary: statusOf(main),
    ...(prefill === undefined ? {} : { prefill: statusOf(prefill) }),
    ...(hasManagedScheduler(spec)
      ? {
          scheduler: {
            apiGroup: 'apps',
            kind: 'Deployment',
            name: scheduler,
            readyReplicas: findDeployment(observed, scheduler)?.status?.availableReplicas ?? 0,
          },
        }
      : {}),
    service: { kind: 'Service', name: childName(name, childSuffixes.workloadService) },
  };
}

/** Of all engine workloads together. */
function replicasText({ service, spec, observed }: ComposedStatusInput): string {
  const workloads = workloadsOf(service, spec);
  const ready = workloads.reduce((sum, workload) => sum + readyReplicasOf(observed, workload), 0);
  const wanted = workloads.reduce(
    (sum, workload) =>
      sum + (workload.spec.replicas ?? findWorkload(observed, workload)?.spec?.replicas ?? 1),
    0,
  );
  return `${ready}/${wanted}`;
}

function topologyOf(spec: LLMInferenceServiceSpec): string {
  const isMultiNode = spec.worker !== undefined || spec.prefill?.worker !== undefined;
  const names = [...(spec.prefill === undefined ? [] : ['pd']), ...(isMultiNode ? ['multi-node'] : [])];
  return names.length === 0 ? 'single' : names.join('+');
}

/** Serving needs every workload; the least advanced one is shown. */
function stageOf({ service, spec, observed }: ComposedStatusInput): string {
  const waiting = workloadsOf(service, spec).filter((workload) => readyReplicasOf(observed, workload) === 0);
  if (waiting.length === 0) return 'Serving';
  return (
    engineCause(
      observed.pods,
      waiting.flatMap(({ components }) => components),
    )?.stage ?? 'Pending'
  );
}
