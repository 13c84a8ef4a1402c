import { autoscalingResources, type ScaleTargetRef } from '@weir/api/autoscaling';
import { apiVersionOf, type KubeObject } from '@weir/api/meta';
import {
  type childSuffixes,
  components,
  conditionReasons,
  conditionTypes,
  type KedaSettings,
  type KedaTrigger,
  type ScalingSpec,
  variantKeys,
} from '@weir/api/serving';
import type { DesiredInput, Part, PartResult } from './input.ts';
import { childMetadata, childOf, componentLabels, namespaceOf } from './metadata.ts';
import { type Workload, workloadsOf } from './topology.ts';

/** What the variant autoscaler publishes: the count that a workload should have. */
const wantedReplicasMetric = 'wva_desired_replicas';

export const scaling: Part = (input) => scalingOf(input, 'main');
export const prefillScaling: Part = (input) => scalingOf(input, 'prefill');

const names = {
  main: { hpa: 'hpa', scaledObject: 'scaledObject', condition: conditionTypes.scalingReady },
  prefill: {
    hpa: 'prefillHpa',
    scaledObject: 'prefillScaledObject',
    condition: conditionTypes.prefillScalingReady,
  },
} as const satisfies Record<
  Workload['role'],
  { hpa: keyof typeof childSuffixes; scaledObject: keyof typeof childSuffixes; condition: string }
>;

/** Who scales a workload: an HPA, or KEDA. The other of the two goes, because nobody asks for it. */
function scalingOf(input: DesiredInput, role: Workload['role']): PartResult | null {
  const workload = workloadsOf(input.service, input.spec).find((one) => one.role === role);
  const wanted = workload?.spec.scaling;
  if (workload === undefined || wanted === undefined) return null;
  const failure = {
    condition: names[role].condition,
    reason: conditionReasons.reconcileScalingError,
    missingKindReason: conditionReasons.scalingCrdNotFound,
  };
  if (wanted.wva?.hpa !== undefined) {
    return {
      failure,
      apply: [{ kind: autoscalingResources.horizontalPodAutoscalers, object: hpa(input, workload, wanted) }],
    };
  }
  const keda = wanted.keda ?? wanted.wva?.keda;
  if (keda === undefined) return null;
  const triggers = wanted.keda?.triggers ?? variantTriggers(input, workload);
  if (typeof triggers === 'string') {
    const condition = {
      type: failure.condition,
      status: 'False' as const,
      reason: failure.reason,
      message: triggers,
    };
    return { failure, apply: [], conditions: [condition] };
  }
  const object = scaledObject(input, workload, wanted, keda, triggers);
  return { failure, apply: [{ kind: autoscalingResources.scaledObjects, object }] };
}

function hpa(input: DesiredInput, workload: Workload, wanted: ScalingSpec): KubeObject & { spec: unknown } {
  const kind = autoscalingResources.horizontalPodAutoscalers;
  const name = childOf(input.service, names[workload.role].hpa);
  const behavior = wanted.wva?.hpa?.behavior;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: variantMetadata(input, workload, wanted, name),
    spec: {
      scaleTargetRef: targetOf(workload),
      minReplicas: wanted.minReplicas ?? 1,
      maxReplicas: wanted.maxReplicas,
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: wantedReplicasMetric, selector: { matchLabels: { variant_name: name } } },
            // The metric is the count itself. With a Value of 1 the count would be multiplied by it each time.
            target: { type: 'AverageValue', averageValue: '1' },
          },
        },
      ],
      ...(behavior === undefined ? {} : { behavior }),
    },
  };
}

function scaledObject(
  input: DesiredInput,
  workload: Workload,
  wanted: ScalingSpec,
  {
    pollingInterval,
    cooldownPeriod,
    initialCooldownPeriod,
    idleReplicaCount,
    fallback,
    advanced,
  }: KedaSettings,
  triggers: readonly KedaTrigger[],
): KubeObject & { spec: unknown } {
  const kind = autoscalingResources.scaledObjects;
  const name = childOf(input.service, names[workload.role].scaledObject);
  const settings = {
    pollingInterval,
    cooldownPeriod,
    initialCooldownPeriod,
    idleReplicaCount,
    fallback,
    advanced,
  };
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata:
      wanted.wva === undefined
        ? childMetadata(input.service, name, componentLabels(input.service, components.workload))
        : variantMetadata(input, workload, wanted, name),
    spec: {
      scaleTargetRef: targetOf(workload),
      minReplicaCount: wanted.minReplicas ?? 1,
      maxReplicaCount: wanted.maxReplicas,
      ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
      triggers,
    },
  };
}

/** KEDA asks Prometheus for the count; a text says why it cannot. */
function variantTriggers(input: DesiredInput, { role }: Workload): KedaTrigger[] | string {
  const { url, unsafeSsl, authModes, triggerAuthName, triggerAuthKind } = input.platform.autoscaling;
  const where = 'key autoscaling-wva-controller-config of ConfigMap inferenceservice-config';
  if (url === undefined)
    return `scaling by KEDA needs the address of Prometheus — set prometheus.url in ${where}`;
  if ((authModes === undefined) !== (triggerAuthName === undefined)) {
    return `prometheus.authModes and prometheus.triggerAuthName belong together — set both or neither in ${where}`;
  }
  const name = childOf(input.service, names[role].scaledObject);
  const query = `${wantedReplicasMetric}{variant_name="${name}",exported_namespace="${namespaceOf(input.service)}"}`;
  return [
    {
      type: 'prometheus',
      name: 'wva-desired-replicas',
      metadata: {
        serverAddress: url,
        query,
        threshold: '1',
        unsafeSsl: String(unsafeSsl),
        ...(authModes === undefined ? {} : { authModes }),
      },
      ...(triggerAuthName === undefined
        ? {}
        : {
            authenticationRef: {
              name: triggerAuthName,
              ...(triggerAuthKind === undefined ? {} : { kind: triggerAuthKind }),
            },
          }),
    },
  ];
}

/** By these the variant autoscaler finds what it computes counts for. */
function variantMetadata(
  { service, spec }: DesiredInput,
  workload: Workload,
  wanted: ScalingSpec,
  name: string,
) {
  const cost = wanted.wva?.variantCost;
  return childMetadata(
    service,
    name,
    {
      ...componentLabels(service, components.workload),
      [variantKeys.accelerator]: workload.spec.labels?.[variantKeys.accelerator] || 'unknown',
    },
    {
      [variantKeys.managed]: 'true',
      [variantKeys.modelId]: spec.model?.name || spec.model?.uri || '',
      ...(cost === undefined ? {} : { [variantKeys.cost]: cost }),
    },
  );
}

function targetOf({ kind, name }: Workload): ScaleTargetRef {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, name };
}
