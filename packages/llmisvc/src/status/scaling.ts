import { autoscalingResources, type HorizontalPodAutoscaler, type ScaledObject } from '@weir/api/autoscaling';
import { type ConditionType, conditionReasons, conditionTypes } from '@weir/api/serving';
import { type Workload, workloadsOf } from '../desired/index.ts';
import type { ComposedStatusInput } from './input.ts';
import { isFalse, isTrue, type Verdict } from './verdict.ts';

export const scalingConditions: readonly ConditionType[] = [
  conditionTypes.scalingReady,
  conditionTypes.prefillScalingReady,
];

/** Whether those who scale the workloads are able to. */
export function scalingVerdicts(input: ComposedStatusInput): Partial<Record<ConditionType, Verdict>> {
  return Object.fromEntries(
    workloadsOf(input.service, input.spec).flatMap((workload) => {
      const type =
        workload.role === 'main' ? conditionTypes.scalingReady : conditionTypes.prefillScalingReady;
      return workload.spec.scaling === undefined ? [] : [[type, verdictOf(input, workload)]];
    }),
  );
}

function verdictOf(input: ComposedStatusInput, workload: Workload): Verdict {
  return workload.spec.scaling?.wva?.hpa === undefined
    ? scaledObjectVerdict(find<ScaledObject>(input, workload, 'scaledObjects'))
    : hpaVerdict(find<HorizontalPodAutoscaler>(input, workload, 'horizontalPodAutoscalers'));
}

function find<T>(
  { observed }: ComposedStatusInput,
  workload: Workload,
  resource: keyof typeof autoscalingResources,
): T | undefined {
  const { plural } = autoscalingResources[resource];
  return observed.children.find(
    ({ kind, object }) =>
      kind.plural === plural &&
      (object as HorizontalPodAutoscaler | ScaledObject).spec.scaleTargetRef.name === workload.name,
  )?.object as T | undefined;
}

function hpaVerdict(hpa: HorizontalPodAutoscaler | undefined): Verdict {
  const telling = (hpa?.status?.conditions ?? []).filter(({ type }) =>
    ['AbleToScale', 'ScalingActive'].includes(type),
  );
  const failing = telling.find(({ status }) => status === 'False');
  if (failing !== undefined) {
    return isFalse(failing.reason || conditionReasons.hpaProgressing, failing.message ?? '');
  }
  const unknown = telling.find(({ status }) => status === 'Unknown');
  if (unknown !== undefined) {
    return {
      ...isFalse(unknown.reason || conditionReasons.hpaProgressing, unknown.message ?? ''),
      status: 'Unknown',
    };
  }
  if (telling.length > 0) return isTrue;
  return isFalse(conditionReasons.hpaProgressing, 'the HorizontalPodAutoscaler has not reported yet');
}

function scaledObjectVerdict(scaledObject: ScaledObject | undefined): Verdict {
  const ready = scaledObject?.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return isTrue;
  if (ready?.status === 'False') {
    return isFalse(ready.reason || conditionReasons.scaledObjectProgressing, ready.message ?? '');
  }
  return isFalse(conditionReasons.scaledObjectProgressing, 'the ScaledObject has not reported yet');
}
