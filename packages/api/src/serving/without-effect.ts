import type { HTTPRouteRule } from '../gateway/index.ts';
import type { ObjectMeta } from '../meta/index.ts';
import { adapterCriticalities, modelCriticality } from './criticality.ts';
import { criticalityAnnotation, loraCriticalityAnnotation } from './keys.ts';
import type { LLMInferenceServiceSpec } from './types.ts';
import { annotationsWithoutEffect } from './unbuilt-annotations.ts';
import { lostRanks } from './validation/checks/devices.ts';
import { adaptersOf } from './validation/lora.ts';
import { workloadsOf } from './validation/rule.ts';

export interface FieldWithoutEffect {
  /** Such as `spec.prefill.scaling`. */
  readonly path: string;
  readonly reason: string;
}

interface NotBuilt {
  /** Below `spec`. */
  readonly path: string;
  /** What the field would configure. */
  readonly feature: string;
}

/** Fields that nothing carries out yet. */
const notBuilt: readonly NotBuilt[] = [{ path: 'suspend', feature: 'suspending' }];

/** What a user wrote and the platform cannot honour, in a stable order. */
export function fieldsWithoutEffect(
  spec: LLMInferenceServiceSpec,
  metadata: ObjectMeta,
): readonly FieldWithoutEffect[] {
  const found = [
    ...present(spec, 'spec', notBuilt),
    ...annotationsWithoutEffect(metadata),
    ...useless.flatMap((rule) => rule(spec, metadata)),
  ];
  // One line for a part: what stands in it needs none of its own.
  return found.filter(
    ({ path }, index) =>
      !found.some((other, at) => path.startsWith(`${other.path}.`) || (at < index && path === other.path)),
  );
}

export function withoutEffectText({ path, reason }: FieldWithoutEffect): string {
  return `${path}: has no effect: ${reason}`;
}

function present(
  value: LLMInferenceServiceSpec,
  path: string,
  fields: readonly NotBuilt[],
): FieldWithoutEffect[] {
  return fields
    .filter((field) => isPresent(value, field.path.split('.')))
    .map((field) => ({
      path: `${path}.${field.path}`,
      reason: `${field.feature} is not built yet in this version`,
    }));
}

function isPresent(value: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return value !== undefined && value !== null;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return isPresent((value as Record<string, unknown>)[key], rest);
}

function experimentalIn(rule: HTTPRouteRule, path: string): string[] {
  const isExternal = (filter: object): boolean => 'externalAuth' in filter;
  return [
    ...['retry', 'sessionPersistence'].filter((field) => field in rule).map((field) => `${path}.${field}`),
    ...(rule.filters ?? []).flatMap((filter, i) =>
      isExternal(filter) ? [`${path}.filters[${i}].externalAuth`] : [],
    ),
  ];
}

type Useless = (spec: LLMInferenceServiceSpec, metadata: ObjectMeta) => readonly FieldWithoutEffect[];

/** Fields that mean nothing without others. */
const useless: readonly Useless[] = [
  function prefillWithoutScheduler({ prefill, router }) {
    const reason = 'prefill pods receive no traffic without router.scheduler';
    return prefill !== undefined && router?.scheduler === undefined ? [{ path: 'spec.prefill', reason }] : [];
  },
  function criticalityWithoutScheduler({ model, router }, metadata) {
    if (router?.scheduler !== undefined) return [];
    const reason = 'only an endpoint picker knows criticality — add router.scheduler';
    const keys = [criticalityAnnotation, loraCriticalityAnnotation]
      .filter((key) => metadata.annotations?.[key] !== undefined)
      .map((key) => ({ path: `metadata.annotations[${key}]`, reason }));
    if (keys.length > 0 || model === undefined) return keys;
    const isSet = modelCriticality(metadata) !== undefined || adapterCriticalities(metadata).size > 0;
    return isSet ? [{ path: 'spec.model.criticality', reason }] : [];
  },
  function ranksWithoutPods(spec) {
    return workloadsOf(spec).flatMap(({ workload, path }) => {
      const { parallelism = {}, worker } = workload;
      const lost = worker === undefined ? 0 : lostRanks(parallelism);
      const reason = `${lost} data-parallel ranks get no pod: data is no multiple of dataLocal`;
      return lost === 0 ? [] : [{ path: `${path}.parallelism.data`, reason }];
    });
  },
  function experimentalFieldsOfRoutes({ router }) {
    const { spec } = router?.route?.http ?? {};
    const path = 'spec.router.route.http.spec';
    const reason = 'only HTTPRoutes of the experimental channel of Gateway API have it';
    const fields = (spec?.rules ?? []).flatMap((rule, index) =>
      experimentalIn(rule, `${path}.rules[${index}]`),
    );
    const own = spec !== undefined && 'useDefaultGateways' in spec ? [`${path}.useDefaultGateways`] : [];
    return [...own, ...fields].map((field) => ({ path: field, reason }));
  },
  function adaptersOfAdapters(spec) {
    return adaptersOf(spec).flatMap((adapter, index) =>
      adapter?.lora === undefined
        ? []
        : [{ path: `spec.model.lora.adapters[${index}].lora`, reason: 'an adapter has no adapters' }],
    );
  },
  function pickerOfAForeignPool({ router }) {
    const { pool, ...scheduler } = router?.scheduler ?? {};
    if ((pool?.ref?.name ?? '') === '') return [];
    const reason = 'the pool that router.scheduler.pool.ref names brings its own picker';
    const fields = Object.keys(scheduler).map((field) => ({
      path: `spec.router.scheduler.${field}`,
      reason,
    }));
    return pool?.spec === undefined
      ? fields
      : [...fields, { path: 'spec.router.scheduler.pool.spec', reason }];
  },
];
