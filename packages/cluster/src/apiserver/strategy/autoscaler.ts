import type { HorizontalPodAutoscaler } from '@weir/api/autoscaling';
import type { FieldError } from '@weir/api/meta';
import { copyJson, invalid, required } from '@weir/api/meta';
import { defineStrategy, type Strategy } from './strategy.ts';

type Behavior = NonNullable<HorizontalPodAutoscaler['spec']['behavior']>;

const byHundredPercent = { type: 'Percent', value: 100, periodSeconds: 15 };
const scaleUp = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, byHundredPercent],
};
const scaleDown = { selectPolicy: 'Max', policies: [byHundredPercent] };
const cpuMetric = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

/** autoscaling/v2 HorizontalPodAutoscaler. */
export const autoscalerStrategy: Strategy = defineStrategy<HorizontalPodAutoscaler>({
  setDefaults: ({ spec }) => {
    if (spec === undefined) return;
    const draft = spec as { minReplicas?: number; metrics?: object[]; behavior?: Behavior };
    draft.minReplicas ??= 1;
    if ((draft.metrics ?? []).length === 0) draft.metrics = [copyJson(cpuMetric)];
    if (draft.behavior === undefined) return;
    draft.behavior = {
      ...draft.behavior,
      scaleUp: { ...copyJson(scaleUp), ...draft.behavior.scaleUp },
      scaleDown: { ...copyJson(scaleDown), ...draft.behavior.scaleDown },
    } as Behavior;
  },
  prepareCreate: (draft) => {
    Object.assign(draft, { status: { desiredReplicas: 0 } });
  },
  validate: ({ spec }) => {
    if (spec === undefined) return [required('spec')];
    return [...replicaErrors(spec), ...targetErrors(spec.scaleTargetRef)];
  },
});

function replicaErrors({ minReplicas = 1, maxReplicas = 0 }: HorizontalPodAutoscaler['spec']): FieldError[] {
  const errors: FieldError[] = [];
  if (minReplicas < 1)
    errors.push(invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1'));
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (maxReplicas < minReplicas) {
    const detail = 'must be greater than or equal to `minReplicas`';
    errors.push(invalid('spec.maxReplicas', maxReplicas, detail));
  }
  return errors;
}

function targetErrors(
  target: Partial<HorizontalPodAutoscaler['spec']['scaleTargetRef']> | undefined,
): FieldError[] {
  return (['kind', 'name'] as const)
    .filter((field) => !target?.[field])
    .map((field) => required(`spec.scaleTargetRef.${field}`));
}
