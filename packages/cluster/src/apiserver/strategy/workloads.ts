import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '@weir/api/meta';
import { invalid, notSupported, required } from '@weir/api/meta';
import type { Deployment, LabelSelector, PodTemplateSpec, ReplicaSet } from '@weir/api/workloads';
import { setPodSpecDefaults } from './pod-defaults.ts';
import { podSpecErrors } from './pod-validation.ts';
import { defineStrategy, type Strategy } from './strategy.ts';

export const deploymentStrategy: Strategy = defineStrategy<Deployment>({
  hasGeneration: true,
  setDefaults: (draft) => {
    const { spec } = draft;
    if (spec === undefined) return;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    setStrategyDefaults(spec);
    if (spec.template?.spec !== undefined) setPodSpecDefaults(spec.template.spec);
  },
  validate: (object, old) => [
    ...selectorErrors(object.spec?.selector, old?.spec?.selector, object.spec?.template),
    ...templateErrors(object.spec?.template),
    ...replicaErrors(object.spec?.replicas),
    ...strategyErrors(object),
  ],
});

export const replicaSetStrategy: Strategy = defineStrategy<ReplicaSet>({
  hasGeneration: true,
  setDefaults: (draft) => {
    const { spec } = draft;
    if (spec === undefined) return;
    spec.replicas ??= 1;
    if (spec.template?.spec !== undefined) setPodSpecDefaults(spec.template.spec);
  },
  prepareCreate: (draft) => {
    draft.status = { replicas: 0 };
  },
  validate: (object, old) => [
    ...selectorErrors(object.spec?.selector, old?.spec?.selector, object.spec?.template),
    ...templateErrors(object.spec?.template),
    ...replicaErrors(object.spec?.replicas),
  ],
});

function setStrategyDefaults(spec: NonNullable<Deployment['spec']>): void {
  spec.strategy ??= {};
  spec.strategy.type ??= 'RollingUpdate';
  if (spec.strategy.type !== 'RollingUpdate') return;
  spec.strategy.rollingUpdate ??= {};
  spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
  spec.strategy.rollingUpdate.maxSurge ??= '25%';
}

function selectorErrors(
  selector: LabelSelector | undefined,
  old: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
): FieldError[] {
  if (selector === undefined) {
    const labels = template?.metadata?.labels ?? null;
    const detail = '`selector` does not match template `labels`';
    return [required('spec.selector'), invalid('spec.template.metadata.labels', labels, detail)];
  }
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const errors: FieldError[] = [];
  if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) {
    errors.push(invalid('spec.selector', selector, 'empty selector is invalid for deployment'));
  } else if (!matchesTemplate(selector, template)) {
    const labels = template?.metadata?.labels ?? {};
    errors.push(
      invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'),
    );
  }
  if (old !== undefined && !isDeepStrictEqual(old, selector)) {
    errors.push(invalid('spec.selector', selector, 'field is immutable'));
  }
  return errors;
}

function matchesTemplate(selector: LabelSelector, template: PodTemplateSpec | undefined): boolean {
  const labels = template?.metadata?.labels ?? {};
  const areEqual = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    areEqual &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isListed = value !== undefined && values.includes(value);
      return operator === 'In' ? isListed : !isListed;
    })
  );
}

function templateErrors(template: PodTemplateSpec | undefined): FieldError[] {
  if (template === undefined) return [required('spec.template')];
  const errors = podSpecErrors(template.spec, 'spec.template.spec');
  const policy = template.spec?.restartPolicy;
  if (policy !== undefined && policy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', policy, ['Always']));
  }
  return errors;
}

function replicaErrors(replicas: number | undefined): FieldError[] {
  if (replicas === undefined || replicas >= 0) return [];
  return [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')];
}

function strategyErrors(object: Deployment): FieldError[] {
  const strategy = object.spec?.strategy;
  if (strategy?.type === 'Recreate' && strategy.rollingUpdate !== undefined) {
    return [
      {
        type: 'Forbidden',
        path: 'spec.strategy.rollingUpdate',
        detail: "may not be specified when strategy `type` is 'Recreate'",
      },
    ];
  }
  const types = ['Recreate', 'RollingUpdate'];
  return types.includes(strategy?.type ?? '')
    ? []
    : [notSupported('spec.strategy.type', strategy?.type, types)];
}
