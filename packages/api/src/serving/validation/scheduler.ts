import { invalid } from '../../meta/index.ts';
import type { Rule } from './rule.ts';

const path = 'spec.router.scheduler';

export const schedulerReplicasArePositive: Rule = ({ spec }) => {
  const replicas = spec.router?.scheduler?.replicas;
  return replicas !== undefined && replicas <= 0
    ? [
        invalid(
          `${path}.replicas`,
          replicas,
          'scheduler replicas must be greater than zero',
          'set it to 1 or more',
        ),
      ]
    : [];
};

const schedulerConfigHasOneSource: Rule = ({ spec }) => {
  const config = spec.router?.scheduler?.config;
  if (config === undefined) return [];
  if (config.inline === undefined && config.ref === undefined) {
    return [
      invalid(
        `${path}.config`,
        config,
        'either inline or ref is required',
        'add inline or ref, or remove config',
      ),
    ];
  }
  return config.inline !== undefined && config.ref !== undefined
    ? [
        invalid(
          `${path}.config`,
          config,
          'both inline and ref are set, either specify inline or ref',
          'remove inline or ref',
        ),
      ]
    : [];
};

const schedulerInlineConfigIsNotEmpty: Rule = ({ spec }) => {
  const inline = spec.router?.scheduler?.config?.inline;
  return inline !== undefined && Object.keys(inline).length === 0
    ? [
        invalid(
          `${path}.config.inline`,
          inline,
          'inline configuration is invalid',
          'write an EndpointPickerConfig, or remove config',
        ),
      ]
    : [];
};

const schedulerConfigRefIsNamed: Rule = ({ spec }) => {
  const ref = spec.router?.scheduler?.config?.ref;
  return ref !== undefined && (ref.name ?? '') === ''
    ? [
        invalid(
          `${path}.config.ref.name`,
          ref,
          'name is empty',
          'name the ConfigMap that holds the configuration',
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
