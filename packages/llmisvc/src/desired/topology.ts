import { type ObjectRef, type ResourceKind, resources } from '@weir/api/meta';
import {
  type ConditionType,
  type components,
  conditionReasons,
  conditionTypes,
  devicesOf,
  type LLMInferenceService,
  type LLMInferenceServiceSpec,
  podsPerReplica,
  type WorkloadSpec,
} from '@weir/api/serving';
import { childOf, namespaceOf } from './metadata.ts';

type Component = (typeof components)[keyof typeof components];

/** One object that runs engine pods: role (main or prefill) × topology (single pods or groups of pods). */
export interface Workload {
  readonly role: 'main' | 'prefill';
  /** What the filters of endpoint pickers know its pods by. */
  readonly podRole: 'both' | 'decode' | 'prefill';
  /** Where `spec` stands, for messages. */
  readonly path: 'spec' | 'spec.prefill';
  readonly spec: WorkloadSpec;
  /** Every replica is a group of pods, a leader and workers. */
  readonly isMultiNode: boolean;
  readonly kind: ResourceKind;
  readonly name: string;
  /** Components of its pods; the first are those that take requests. */
  readonly components: readonly [Component, ...Component[]];
  readonly condition: ConditionType;
  readonly failureReason: string;
}

/** The engine workloads of a service, the main one first. */
export function workloadsOf(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
): readonly [Workload, ...Workload[]] {
  if (spec.prefill === undefined) return [workloadOf(service, 'both', spec)];
  return [workloadOf(service, 'decode', spec), workloadOf(service, 'prefill', spec.prefill)];
}

function workloadOf(
  service: LLMInferenceService,
  podRole: Workload['podRole'],
  spec: WorkloadSpec,
): Workload {
  const isMultiNode = spec.worker !== undefined;
  const role = podRole === 'prefill' ? 'prefill' : 'main';
  const { child, components, condition } = rows[`${role} ${isMultiNode ? 'group' : 'pod'}`];
  return {
    role,
    podRole,
    path: role === 'main' ? 'spec' : 'spec.prefill',
    spec,
    isMultiNode,
    kind: isMultiNode ? resources.leaderWorkerSets : resources.deployments,
    name: childOf(service, child),
    components,
    condition,
    failureReason: isMultiNode
      ? conditionReasons.reconcileMultiNodeWorkloadError
      : conditionReasons.reconcileSingleNodeWorkloadError,
  };
}

/** The objects that a role may consist of; one of them is superseded when the topology changes. */
export function bothTopologies(service: LLMInferenceService, role: Workload['role']): ObjectRef[] {
  const namespace = namespaceOf(service);
  const { child: single } = rows[`${role} pod`];
  const { child: group } = rows[`${role} group`];
  return [
    { kind: resources.deployments, namespace, name: childOf(service, single) },
    { kind: resources.leaderWorkerSets, namespace, name: childOf(service, group) },
  ];
}

const rows = {
  'main pod': {
    child: 'workload',
    components: ['llminferenceservice-workload'],
    condition: conditionTypes.mainWorkloadReady,
  },
  'prefill pod': {
    child: 'prefill',
    components: ['llminferenceservice-workload-prefill'],
    condition: conditionTypes.prefillWorkloadReady,
  },
  'main group': {
    child: 'multiNode',
    components: ['llminferenceservice-workload-leader', 'llminferenceservice-workload-worker'],
    condition: conditionTypes.workerWorkloadReady,
  },
  'prefill group': {
    child: 'multiNodePrefill',
    components: [
      'llminferenceservice-workload-leader-prefill',
      'llminferenceservice-workload-worker-prefill',
    ],
    condition: conditionTypes.prefillWorkerWorkloadReady,
  },
} as const;

/**
 * Pods of one group; undefined where the parallelism does not span pods. Where a pod has fewer devices than a stage
 * needs, stages are spread over several pods.
 */
export function groupSize(
  { parallelism, template, worker }: WorkloadSpec,
  { metadata }: Pick<LLMInferenceService, 'metadata'>,
): number | undefined {
  const { data = 0, dataLocal = 0, pipeline = 0, tensor = 1 } = parallelism ?? {};
  const isDataParallel = data > 0 || dataLocal > 0;
  if (!isDataParallel && pipeline === 0) return undefined;
  const devices = devicesOf(worker ?? template, { metadata });
  const inPod = [...devices.values()].reduce((sum, count) => sum + count, 0);
  const isSpread = !isDataParallel && inPod > 0 && inPod < tensor && (tensor * pipeline) % inPod === 0;
  return isSpread ? (tensor * pipeline) / inPod : podsPerReplica(parallelism);
}
