import { childName, type FieldError, fieldErrorText, invalid, keyText, required } from '@weir/api/meta';
import {
  type AppliedConfig,
  childSuffixes,
  conditionReasons,
  enginePort,
  type LLMInferenceService,
  type LLMInferenceServiceConfig,
  type LLMInferenceServiceSpec,
  mainContainer,
  nameLabel,
  partOf,
  partOfLabel,
  poolMemberLabel,
  schedulerPort,
  validateSpec,
} from '@weir/api/serving';
import { nearest } from '@weir/core/errors';
import { mergeSpecs } from './merge.ts';
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
    const base = (service.spec.baseRefs ?? []).map((ref) => findConfig(observed, ref.name));
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
    const errors = [...validateSpec(spec), ...resultErrors(spec)];
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
  const { spec, metadata } = service;
  const isNamedBelow = base.some((config) => (config.spec.model?.name ?? '') !== '');
  if (!isNamedBelow || spec.model?.name !== metadata.name) return spec;
  const { name: _defaulted, ...model } = spec.model ?? {};
  return { ...spec, model };
}

function foldSpecs(specs: readonly LLMInferenceServiceSpec[]): LLMInferenceServiceSpec {
  return specs.reduce((merged, next) => mergeSpecs(merged, next), {});
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

/** Values that depend on the service's name and that no layer wrote. */
function fillDefaults(service: LLMInferenceService, spec: LLMInferenceServiceSpec): LLMInferenceServiceSpec {
  const name = service.metadata.name ?? '';
  const named = { ...spec, model: { ...spec.model, name: spec.model?.name || name } };
  const scheduler = spec.router?.scheduler;
  if (scheduler === undefined) return named;
  const pool = scheduler.pool?.spec;
  const selector = pool?.selector?.matchLabels ?? {};
  const picker = pool?.endpointPickerRef;
  const isService = picker?.kind === undefined || picker.kind === 'Service';
  return {
    ...named,
    router: {
      ...spec.router,
      scheduler: {
        ...scheduler,
        template: {
          ...scheduler.template,
          serviceAccountName:
            scheduler.template?.serviceAccountName ?? childName(name, childSuffixes.schedulerAccount),
        },
        pool: {
          spec: {
            targetPorts: [{ number: enginePort }],
            ...pool,
            selector: {
              matchLabels: Object.keys(selector).length > 0 ? selector : defaultPoolSelector(name),
            },
            endpointPickerRef: {
              name: childName(name, childSuffixes.schedulerService),
              ...picker,
              ...(isService && !picker?.port?.number ? { port: { number: schedulerPort } } : {}),
            },
          },
        },
      },
    },
  };
}

function defaultPoolSelector(name: string): Record<string, string> {
  return { [partOfLabel]: partOf, [nameLabel]: name, [poolMemberLabel]: 'workload' };
}

/** Gateway refs replace the parents of the managed route; without a scheduler its backends are the workload Service. */
function adaptRoute(service: LLMInferenceService, spec: LLMInferenceServiceSpec): LLMInferenceServiceSpec {
  const route = spec.router?.route;
  const http = route?.http?.spec;
  if (route === undefined || http === undefined) return spec;
  const name = service.metadata.name ?? '';
  const gateways = spec.router?.gateway?.refs ?? [];
  const pool = childName(name, childSuffixes.pool);
  const workload = childName(name, childSuffixes.workloadService);
  const managed = spec.router?.scheduler === undefined ? serviceBackend(workload) : poolBackend(pool);
  const rules = (http.rules ?? []).map((rule) => {
    const refs = rule.backendRefs ?? [];
    // A rule that only redirects has no backend on purpose.
    const isRedirect = (rule.filters ?? []).some((filter) => filter.type === 'RequestRedirect');
    if (refs.length === 0) return isRedirect ? rule : { ...rule, backendRefs: [managed] };
    const backendRefs = refs.map((ref) =>
      spec.router?.scheduler === undefined && ref.kind === 'InferencePool' && ref.name === pool
        ? { ...ref, group: '', kind: 'Service', name: workload }
        : ref,
    );
    return { ...rule, backendRefs };
  });
  const parentRefs = gateways.map((ref) => ({
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    name: ref.name,
    ...(ref.namespace ? { namespace: ref.namespace } : {}),
    ...(ref.sectionName ? { sectionName: ref.sectionName } : {}),
  }));
  const adapted = { ...http, ...(gateways.length > 0 ? { parentRefs } : {}), rules };
  return { ...spec, router: { ...spec.router, route: { ...route, http: { ...route.http, spec: adapted } } } };
}

function serviceBackend(name: string) {
  return { group: '', kind: 'Service', name, port: enginePort, weight: 1 };
}

function poolBackend(name: string) {
  return { group: 'inference.networking.k8s.io', kind: 'InferencePool', name, port: enginePort, weight: 1 };
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
