import { childName, type FieldError, fieldErrorText, invalid, keyText, required } from '@weir/api/meta';
import {
  type AppliedConfig,
  childSuffixes,
  conditionReasons,
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  type LLMInferenceServiceSpec,
  mainContainer,
  validateSpec,
} from '@weir/api/serving';
import { nearest } from '@weir/core/errors';
import { adaptRoute, fillDefaults } from './complete.ts';
import { mergeSpecs } from './merge.ts';
import { modelUriErrors } from './model-uri.ts';
import type { PlatformConfig } from './platform-config.ts';
import { pinPresetNames, presetNames } from './presets.ts';
import { type GlobalConfig, RenderError, renderSpec } from './render.ts';

/** Everything that composition reads. */
export interface ObservedConfig {
  readonly service: LLMInferenceService;
  readonly platform: PlatformConfig;
  /** Configs of the service's namespace and of the system namespace. */
  readonly configs: readonly LLMInferenceServiceConfig[];
}

export type Combined =
  | {
      readonly type: 'combined';
      readonly spec: LLMInferenceServiceSpec;
      readonly appliedConfigs: readonly AppliedConfig[];
      readonly pins: Readonly<Record<string, string>>;
    }
  | {
      readonly type: 'failed';
      /** A condition reason. */
      readonly reason: string;
      readonly message: string;
      readonly appliedConfigs: readonly AppliedConfig[];
    };

/** Merges presets, baseRefs and the service's own spec in this order, renders the templates and validates the result. */
export function combineConfig(observed: ObservedConfig): Combined {
  const { service, platform } = observed;
  const pins = service.status?.annotations ?? {};
  try {
    const base = (service.spec?.baseRefs ?? []).map((ref) => findConfig(observed, ref.name));
    const own = withoutDefaultedName(service, base);
    const chosen = foldSpecs([...base.map((config) => config.spec), own]);
    const presets = presetNames(chosen, platform.configPrefix, pins).map((name) =>
      findConfig(observed, name),
    );
    const merged = foldSpecs([...presets, ...base].map((config) => config.spec).concat(own));
    const appliedConfigs = [
      ...presets.map((config) => applied(config, 'Preset')),
      ...base.map((config) => applied(config, 'UserRef')),
    ];
    const named = fillDefaults(service, merged);
    const spec = adaptRoute(service, renderSpec(service.metadata, named, globalConfigOf(service, platform)));
    const ruleErrors = validateSpec(spec);
    const errors = ruleErrors.length > 0 ? ruleErrors : [...modelUriErrors(spec), ...resultErrors(spec)];
    if (errors.length > 0) return invalidResult(errors, appliedConfigs);
    return { type: 'combined', spec, appliedConfigs, pins: pinPresetNames(platform.configPrefix, pins) };
  } catch (error) {
    if (error instanceof ConfigNotFoundError) return failed(conditionReasons.configNotFound, error.message);
    if (error instanceof RenderError) return failed(conditionReasons.combineBaseError, error.message);
    throw error;
  }
}

class ConfigNotFoundError extends Error {}

/** The service's own namespace first: its owner may shadow any preset. */
function findConfig({ service, platform, configs }: ObservedConfig, name: string): LLMInferenceServiceConfig {
  const namespaces = [service.metadata.namespace ?? '', platform.systemNamespace];
  for (const namespace of namespaces) {
    const found = configs.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    if (found !== undefined) return found;
  }
  const names = [...new Set(configs.map((config) => config.metadata.name ?? ''))].sort();
  const suggestion = nearest(name, names);
  throw new ConfigNotFoundError(
    `LLMInferenceServiceConfig "${name}" not found in namespaces [${namespaces.join(' ')}] — ` +
      `${suggestion === null ? '' : `did you mean "${suggestion}"? `}available: ${names.join(', ') || 'none'}`,
  );
}

/**
 * Admission fills `model.name` with the service's name, which then looks typed. Where a base names the model, such a
 * name counts as not typed.
 */
function withoutDefaultedName(
  service: LLMInferenceService,
  base: readonly LLMInferenceServiceConfig[],
): LLMInferenceServiceSpec {
  const { spec = {}, metadata } = service;
  const isNamedBelow = base.some((config) => (config.spec?.model?.name ?? '') !== '');
  if (!isNamedBelow || spec.model?.name !== metadata.name) return spec;
  const { name: _defaulted, ...model } = spec.model ?? {};
  return { ...spec, model };
}

function foldSpecs(specs: readonly (LLMInferenceServiceSpec | undefined)[]): LLMInferenceServiceSpec {
  return specs.reduce<LLMInferenceServiceSpec>((merged, next) => mergeSpecs(merged, next ?? {}), {});
}

function applied(config: LLMInferenceServiceConfig, source: AppliedConfig['source']): AppliedConfig {
  return { name: config.metadata.name ?? '', namespace: config.metadata.namespace ?? '', source };
}

function globalConfigOf(service: LLMInferenceService, platform: PlatformConfig): GlobalConfig {
  const { name = '', namespace = '' } = service.metadata;
  return {
    systemNamespace: platform.systemNamespace,
    ingressGatewayName: platform.ingressGateway.name,
    ingressGatewayNamespace: platform.ingressGateway.namespace,
    enableTLS: platform.enableTLS,
    modelBasedRoutingHeaderName: platform.modelBasedRoutingHeaderName,
    inferencePoolNamespacedName: keyText({ namespace, name: childName(name, childSuffixes.pool) }),
  };
}

/** What only the merged spec can be held to. */
function resultErrors(spec: LLMInferenceServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.model?.uri) {
    errors.push(required('spec.model.uri', 'no layer names a model — set spec.model.uri'));
  }
  const containers = spec.template?.containers ?? [];
  if (!containers.some((container) => container.name === mainContainer)) {
    errors.push(
      invalid(
        'spec.template.containers',
        containers.map((container) => container.name),
        `no container is called "${mainContainer}" — name the engine's container so`,
      ),
    );
  }
  return errors;
}

function invalidResult(errors: readonly FieldError[], appliedConfigs: readonly AppliedConfig[]): Combined {
  const layers = appliedConfigs
    .map((config) => `${config.source}:${config.namespace}/${config.name}`)
    .join(', ');
  const causes = errors.map(fieldErrorText).join('; ');
  return {
    type: 'failed',
    reason: conditionReasons.invalidRenderedConfig,
    message: `validation failed after merging configs [${layers}]: ${causes}`,
    appliedConfigs,
  };
}

function failed(reason: string, message: string): Combined {
  return { type: 'failed', reason, message, appliedConfigs: [] };
}
