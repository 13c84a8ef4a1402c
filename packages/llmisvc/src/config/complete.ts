import type { HTTPBackendRef } from '@weir/api/gateway';
import type { InferencePoolSpec } from '@weir/api/inference';
import { childName } from '@weir/api/meta';
import {
  childSuffixes,
  enginePort,
  type LLMInferenceService,
  type LLMInferenceServiceSpec,
  nameLabel,
  partOf,
  partOfLabel,
  poolMemberLabel,
  schedulerConfigKey,
  schedulerPort,
} from '@weir/api/serving';

/** Values that depend on the service's name and that no layer wrote. */
export function fillDefaults(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
): LLMInferenceServiceSpec {
  const name = service.metadata.name ?? '';
  const named = { ...spec, model: { ...spec.model, name: spec.model?.name || name } };
  const scheduler = spec.router?.scheduler;
  if (scheduler === undefined) return named;
  const { template, config } = scheduler;
  const serviceAccountName = template?.serviceAccountName ?? childName(name, childSuffixes.schedulerAccount);
  return {
    ...named,
    router: {
      ...spec.router,
      scheduler: {
        ...scheduler,
        ...(template === undefined ? {} : { template: { ...template, serviceAccountName } }),
        // Configs may leave the key out, services may not.
        ...(config?.ref === undefined
          ? {}
          : { config: { ...config, ref: { ...config.ref, key: config.ref.key || schedulerConfigKey } } }),
        // A pool of somebody else comes with its picker.
        ...(scheduler.pool?.ref?.name ? {} : { pool: { spec: fillPool(name, scheduler.pool?.spec) } }),
      },
    },
  };
}

function fillPool(name: string, pool: Partial<InferencePoolSpec> | undefined): Partial<InferencePoolSpec> {
  const selector = pool?.selector?.matchLabels ?? {};
  const picker = pool?.endpointPickerRef;
  const isService = picker?.kind === undefined || picker.kind === 'Service';
  return {
    targetPorts: [{ number: enginePort }],
    ...pool,
    selector: { matchLabels: Object.keys(selector).length > 0 ? selector : defaultPoolSelector(name) },
    endpointPickerRef: {
      name: childName(name, childSuffixes.schedulerService),
      ...picker,
      ...(isService && !picker?.port?.number ? { port: { number: schedulerPort } } : {}),
    },
  };
}

function defaultPoolSelector(name: string): Record<string, string> {
  return { [partOfLabel]: partOf, [nameLabel]: name, [poolMemberLabel]: 'workload' };
}

/**
 * Gateway refs replace the parents of the managed route; its backends become the pool that the scheduler names or,
 * without a scheduler, the workload Service.
 */
export function adaptRoute(
  service: LLMInferenceService,
  spec: LLMInferenceServiceSpec,
): LLMInferenceServiceSpec {
  const route = spec.router?.route;
  const http = route?.http?.spec;
  if (route === undefined || http === undefined) return spec;
  const name = service.metadata.name ?? '';
  const gateways = spec.router?.gateway?.refs ?? [];
  const pool = childName(name, childSuffixes.pool);
  const workload = childName(name, childSuffixes.workloadService);
  const scheduler = spec.router?.scheduler;
  const target = scheduler?.pool?.ref?.name || pool;
  const managed = scheduler === undefined ? serviceBackend(workload) : poolBackend(target);
  const rules = (http.rules ?? []).map((rule) => {
    const refs = rule.backendRefs ?? [];
    // A rule that only redirects has no backend on purpose.
    const isRedirect = (rule.filters ?? []).some((filter) => filter.type === 'RequestRedirect');
    if (refs.length === 0) return isRedirect ? rule : { ...rule, backendRefs: [managed] };
    const backendRefs = refs.map((ref) => {
      if (ref.kind !== 'InferencePool' || ref.name !== pool) return ref;
      return scheduler === undefined
        ? { ...ref, group: '', kind: 'Service', name: workload }
        : { ...ref, name: target };
    });
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

function serviceBackend(name: string): HTTPBackendRef {
  return { group: '', kind: 'Service', name, port: enginePort, weight: 1 };
}

function poolBackend(name: string): HTTPBackendRef {
  return { group: 'inference.networking.k8s.io', kind: 'InferencePool', name, port: enginePort, weight: 1 };
}
