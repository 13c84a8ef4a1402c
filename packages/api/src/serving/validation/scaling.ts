import { type FieldError, forbidden, invalid, required } from '../../meta/index.ts';
import type { KedaSettings, ScalingSpec, WvaSpec } from '../scaling-types.ts';
import { onWorkloads, type Rule, type WorkloadRule } from './rule.ts';

const scalingIsConsistent: WorkloadRule = ({ scaling, replicas }, workloadPath) => {
  if (scaling === undefined) return [];
  const path = `${workloadPath}.scaling`;
  const errors: FieldError[] = [];
  if (replicas !== undefined) {
    const detail =
      'scaling and replicas are mutually exclusive; use scaling for autoscaled deployments or replicas for static deployments';
    errors.push(invalid(path, scaling, detail, `remove scaling, or ${workloadPath}.replicas`));
  }
  const { minReplicas, maxReplicas, wva, keda } = scaling;
  if (minReplicas !== undefined && minReplicas > maxReplicas) {
    const detail = `minReplicas (${minReplicas}) cannot exceed maxReplicas (${maxReplicas})`;
    errors.push(invalid(`${path}.minReplicas`, minReplicas, detail, `raise maxReplicas to ${minReplicas}`));
  }
  return [...errors, ...mechanismErrors(scaling, wva, keda, path)];
};

function mechanismErrors(
  scaling: ScalingSpec,
  wva: WvaSpec | undefined,
  keda: ScalingSpec['keda'],
  path: string,
): FieldError[] {
  if (wva !== undefined && keda !== undefined) {
    return [
      invalid(
        path,
        scaling,
        'wva and keda are mutually exclusive; choose one scaling mechanism',
        'remove wva or keda',
      ),
    ];
  }
  if (keda !== undefined) {
    const triggers =
      (keda.triggers ?? []).length === 0
        ? [
            required(
              `${path}.keda.triggers`,
              'at least one trigger is required when using direct KEDA scaling',
              'add a trigger, such as {type: cpu, metadata: {value: "80"}}',
            ),
          ]
        : [];
    return [...triggers, ...hpaNameErrors(keda, `${path}.keda`), ...idleErrors(scaling, keda, path, 'keda')];
  }
  if (wva !== undefined) return wvaErrors(scaling, wva, path);
  return [
    required(path, 'either wva or keda must be specified when scaling is configured', 'add wva: {hpa: {}}'),
  ];
}

function wvaErrors(scaling: ScalingSpec, wva: WvaSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { hpa, keda, variantCost = '' } = wva;
  if (hpa !== undefined && keda !== undefined) {
    errors.push(
      invalid(
        `${path}.wva`,
        wva,
        'hpa and keda are mutually exclusive; choose one actuator backend',
        'remove hpa or keda',
      ),
    );
  }
  if (hpa === undefined && keda === undefined) {
    errors.push(
      required(`${path}.wva`, 'either hpa or keda must be specified as the actuator backend', 'add hpa: {}'),
    );
  }
  if (variantCost !== '' && !/^\d+(\.\d+)?$/.test(variantCost)) {
    const detail = 'variantCost must be a non-negative numeric string (e.g., "10", "10.0", "0.5")';
    errors.push(invalid(`${path}.wva.variantCost`, variantCost, detail, 'write a number in quotes'));
  }
  if (keda === undefined) return errors;
  return [
    ...errors,
    ...modifierErrors(keda, `${path}.wva.keda`),
    ...hpaNameErrors(keda, `${path}.wva.keda`),
    ...idleErrors(scaling, keda, path, 'wva.keda'),
  ];
}

function modifierErrors(keda: KedaSettings, path: string): FieldError[] {
  const { formula, target, activationTarget, metricType } = keda.advanced?.scalingModifiers ?? {};
  return [formula, target, activationTarget, metricType].some((value) => (value ?? '') !== '')
    ? [
        forbidden(
          `${path}.advanced.scalingModifiers`,
          'scalingModifiers must not be set; WVA controls the scaling metric formula and logic',
          'remove scalingModifiers, or scale by keda alone',
        ),
      ]
    : [];
}

function hpaNameErrors(keda: KedaSettings, path: string): FieldError[] {
  return (keda.advanced?.horizontalPodAutoscalerConfig?.name ?? '') === ''
    ? []
    : [
        forbidden(
          `${path}.advanced.horizontalPodAutoscalerConfig.name`,
          'horizontalPodAutoscalerConfig.name must not be set; the controller manages the HPA name',
          'remove the name',
        ),
      ];
}

function idleErrors(scaling: ScalingSpec, keda: KedaSettings, path: string, where: string): FieldError[] {
  const { idleReplicaCount: idle } = keda;
  const { minReplicas: least } = scaling;
  if (idle === undefined) return [];
  if (least === undefined) {
    const detail =
      'minReplicas is required when idleReplicaCount is set; ' +
      `idleReplicaCount (${idle}) must be less than minReplicas`;
    return [required(`${path}.minReplicas`, detail, `set minReplicas to ${idle + 1} or more`)];
  }
  if (idle < least) return [];
  const detail =
    `idleReplicaCount (${idle}) must be less than minReplicas (${least}); ` +
    'idleReplicaCount defines the replica floor when no triggers are active';
  return [
    invalid(`${path}.${where}.idleReplicaCount`, idle, detail, 'lower idleReplicaCount or raise minReplicas'),
  ];
}

/** Two sides that scale by different means would drift apart. */
const bothSidesScaleAlike: Rule = ({ spec }) => {
  const decode = spec.scaling;
  const prefill = spec.prefill?.scaling;
  if (decode === undefined || prefill === undefined) return [];
  const mode = ({ keda }: ScalingSpec): string => (keda === undefined ? 'wva' : 'direct keda');
  if (mode(decode) !== mode(prefill)) {
    const detail =
      'decode and prefill must use the same scaling mode; ' +
      `decode uses ${mode(decode)} but prefill uses ${mode(prefill)}`;
    return [invalid('spec.prefill.scaling', prefill, detail, 'let both scale by wva, or both by keda')];
  }
  if (decode.wva === undefined || prefill.wva === undefined) return [];
  const backend = ({ hpa }: WvaSpec): string => (hpa === undefined ? 'keda' : 'hpa');
  if (backend(decode.wva) === backend(prefill.wva)) return [];
  const detail =
    'decode and prefill must use the same actuator backend; ' +
    `decode uses ${backend(decode.wva)} but prefill uses ${backend(prefill.wva)} — mixing backends requires two ` +
    'separate metric pipelines and leads to independent, unsynchronised scaling decisions';
  return [invalid('spec.prefill.scaling.wva', prefill.wva, detail, 'let both use hpa, or both keda')];
};

export const scalingRules: readonly Rule[] = [onWorkloads(scalingIsConsistent), bothSidesScaleAlike];
