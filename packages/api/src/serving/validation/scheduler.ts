import { invalid, required } from '../../meta/index.ts';
import type { Rule } from './rule.ts';

export const schedulerReplicasArePositive: Rule = (spec, path) => {
  const replicas = spec.router?.scheduler?.replicas;
  return replicas !== undefined && replicas <= 0
    ? [
        invalid(
          `${path}.router.scheduler.replicas`,
          replicas,
          'scheduler replicas must be greater than zero — remove spec.router.scheduler to run without one',
        ),
      ]
    : [];
};

const schedulerConfigHasOneSource: Rule = (spec, path) => {
  const config = spec.router?.scheduler?.config;
  if (config === undefined) return [];
  const at = `${path}.router.scheduler.config`;
  if (config.inline === undefined && config.ref === undefined) {
    return [required(at, 'either inline or ref is required')];
  }
  if (config.inline !== undefined && config.ref !== undefined) {
    return [invalid(at, config, 'both inline and ref are set — keep one')];
  }
  return [];
};

const schedulerInlineConfigIsNotEmpty: Rule = (spec, path) => {
  const inline = spec.router?.scheduler?.config?.inline;
  return inline !== undefined && Object.keys(inline).length === 0
    ? [
        invalid(
          `${path}.router.scheduler.config.inline`,
          inline,
          'inline configuration is invalid — write an EndpointPickerConfig, or remove config for the default',
        ),
      ]
    : [];
};

const schedulerConfigRefIsNamed: Rule = (spec, path) => {
  const ref = spec.router?.scheduler?.config?.ref;
  return ref !== undefined && (ref.name === undefined || ref.name === '')
    ? [
        invalid(
          `${path}.router.scheduler.config.ref.name`,
          ref.name ?? '',
          'name is empty — name a ConfigMap',
        ),
      ]
    : [];
};

export const schedulerRules: readonly Rule[] = [
  schedulerReplicasArePositive,
  schedulerConfigHasOneSource,
  schedulerInlineConfigIsNotEmpty,
  schedulerConfigRefIsNamed,
];
