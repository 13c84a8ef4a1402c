import { childName, type FieldError, invalid, keyText, required } from '@weir/api/meta';
import {
  type AppliedConfig,
  childSuffixes,
  conditionReasons,
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  type LLMInferenceServiceSpec,
  mainContainer,
  type PartialPodSpec,
  validateSpec,
  type WorkloadSpec,
} from '@weir/api/serving';
import { nearest } from '@weir/core/errors';
import { adapterProblem } from './adapters.ts';
import { adaptRoute, fillDefaults } from './complete.ts';
import { directiveProblem, obeysDirectives } from './directives.ts';
import { type Layer, layerText } from './layers.ts';
import { mergeSpecs } from './merge.ts';
import { modelUriErrors } from './model-uri.ts';
import { originsOf } from './origin.ts';
import type { PlatformConfig } from './platform-config.ts';
import { pinPresetNames, presetNames } from './presets.ts';
import { type GlobalConfig, RenderError, renderSpec } from './render.ts';
import { causeOfError, type RenderedCause, refuseRendered } from './rendered-spec.ts';

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
      /** What was merged, lowest first; the service's own spec is the last. */
      readonly layers: readonly Layer[];
      readonly appliedConfigs: readonly AppliedConfig[];
      readonly pins: Readonly<Record<string, string>>;
      /** Hash of the spec, once an API server has taken it. */
      readonly validated?: string;
    }
  | {
      readonly type: 'failed';
      /** A condition reason. */
      readonly reason: string;
      readonly message: string;
      /** What is wrong with the merged spec, one by one. */
      readonly causes?: readonly RenderedCause[];
      /** Names of the presets that are needed, found or not, as far as they could be told. */
      readonly presets?: readonly string[];
      readonly appliedConfigs: readonly AppliedConfig[];
    };

/** Merges presets, baseRefs and the service's own spec in this order, renders the templates and validates the result. */
export function combineConfig(observed: ObservedConfig): Combined {
  const { service, platform } = observed;
  const pins = platform.pinsConfigNames ? (service.status?.annotations ?? {}) : {};
  let needed: readonly string[] = [];
  try {
    const base = (service.spec?.baseRefs ?? []).map(({ name }) => findLayer(observed, name, 'UserRef'));
    const own = ownLayer(service, base);
    const obeys = obeysDirectives(service.metadata);
    const problem = obeys ? null : directiveProblem([...base, own]);
    if (problem !== null) return failed(conditionReasons.combineBaseError, problem);
    needed = presetNames(fold([...base, own], obeys), platform.configPrefix, pins);
    const presets = needed.map((name) => findLayer(observed, name, 'Preset'));
    const combined = composeLayers(observed, [...presets, ...base, own]);
    return combined.type === 'failed' ? { ...combined, presets: needed } : combined;
  } catch (error) {
    if (!(error instanceof ConfigNotFoundError)) throw error;
    return { ...failed(conditionReasons.configNotFound, error.message), presets: needed };
  }
}

function composeLayers({ service, platform }: ObservedConfig, layers: readonly Layer[]): Combined {
  const merged = fillDefaults(service, fold(layers, obeysDirectives(service.metadata)));
  const appliedConfigs = layers.flatMap(({ source, name, namespace }) =>
    source === 'Service' ? [] : [{ name, namespace, source }],
  );
  const global = globalConfigOf(service, merged, platform);
  try {
    const spec = adaptRoute(service, renderSpec(service, merged, global));
    const ruleErrors = validateSpec(spec, { metadata: service.metadata, level: platform.validation });
    const errors = ruleErrors.length > 0 ? ruleErrors : [...modelUriErrors(spec), ...resultErrors(spec)];
    if (errors.length > 0) return refuseRendered({ spec, layers, appliedConfigs }, errors.map(causeOfError));
    const problem = adapterProblem(spec);
    if (problem !== null) return failed(conditionReasons.combineBaseError, problem);
    const pins = service.status?.annotations ?? {};
    return {
      type: 'combined',
      spec,
      layers,
      appliedConfigs,
      pins: platform.pinsConfigNames ? pinPresetNames(platform.configPrefix, pins) : pins,
    };
  } catch (error) {
    if (!(error instanceof RenderError)) throw error;
    const from = originsOf(layers, merged, error.path)?.at(-1);
    const where = from === undefined ? '' : `, in ${layerText(from.layer)}`;
    return failed(conditionReasons.combineBaseError, `${error.message}${where}`);
  }
}

class ConfigNotFoundError extends Error {}

/** The service's own namespace first: its owner may shadow any preset. */
function findLayer(
  { service, platform, configs }: ObservedConfig,
  name: string,
  source: AppliedConfig['source'],
): Layer {
  const namespaces = [...new Set([service.metadata.namespace ?? '', platform.systemNamespace])];
  for (const namespace of namespaces) {
    const found = configs.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    if (found !== undefined) return { source, namespace, name, spec: found.spec ?? {} };
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
function ownLayer(service: LLMInferenceService, base: readonly Layer[]): Layer {
  const { spec = {}, metadata } = service;
  const { name = '', namespace = '' } = metadata;
  const isNamedBelow = base.some((layer) => (layer.spec.model?.name ?? '') !== '');
  const layer: Layer = { source: 'Service', name, namespace, spec };
  if (!isNamedBelow || spec.model?.name !== name) return layer;
  const { name: _defaulted, ...model } = spec.model;
  return { ...layer, spec: { ...spec, model } };
}

function fold(layers: readonly Layer[], obeys: boolean): LLMInferenceServiceSpec {
  return layers.reduce<LLMInferenceServiceSpec>((merged, { spec }) => mergeSpecs(merged, spec, obeys), {});
}

function globalConfigOf(
  service: LLMInferenceService,
  merged: LLMInferenceServiceSpec,
  platform: PlatformConfig,
): GlobalConfig {
  const pool = merged.router?.scheduler?.pool?.ref?.name;
  const { name = '', namespace = '' } = service.metadata;
  return {
    systemNamespace: platform.systemNamespace,
    ingressGatewayName: platform.ingressGateway.name,
    ingressGatewayNamespace: platform.ingressGateway.namespace,
    enableTLS: platform.enableTLS,
    modelBasedRoutingHeaderName: platform.modelBasedRoutingHeaderName,
    inferencePoolNamespacedName: keyText({ namespace, name: pool || childName(name, childSuffixes.pool) }),
  };
}

/** What only the merged spec can be held to. */
function resultErrors(spec: LLMInferenceServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!spec.model?.uri) {
    errors.push(required('spec.model.uri', 'no layer names a model — set spec.model.uri'));
  }
  for (const [path, pod] of targetPods(spec)) {
    const names = (pod?.containers ?? []).map((container) => container.name);
    if (names.includes(mainContainer)) continue;
    const problem = `no container is called "${mainContainer}" — name the engine's container so`;
    errors.push(invalid(`${path}.containers`, names, problem));
  }
  return errors;
}

/** Pods that take requests: those of a template, or the workers of groups whose leader has no template of its own. */
function targetPods(spec: LLMInferenceServiceSpec): (readonly [string, PartialPodSpec | undefined])[] {
  const workloads: (readonly [string, WorkloadSpec])[] = [['spec', spec]];
  if (spec.prefill !== undefined) workloads.push(['spec.prefill', spec.prefill]);
  return workloads.map(([path, { template, worker }]) => {
    const isLeaderless = template === undefined && worker !== undefined;
    return isLeaderless ? ([`${path}.worker`, worker] as const) : ([`${path}.template`, template] as const);
  });
}

function failed(reason: string, message: string): Extract<Combined, { type: 'failed' }> {
  return { type: 'failed', reason, message, appliedConfigs: [] };
}
