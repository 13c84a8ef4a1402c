import type { ObjectMeta } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import { type Shape, sampleOf, specShape, statusShape } from './shapes.ts';
import type { GoMap, GoStruct, Value } from './value.ts';

/** What templates may know about the platform; nothing secret is reachable. */
export interface GlobalConfig {
  readonly systemNamespace: string;
  readonly ingressGatewayName: string;
  readonly ingressGatewayNamespace: string;
  readonly enableTLS: boolean;
  readonly modelBasedRoutingHeaderName: string;
  readonly inferencePoolNamespacedName: string;
}

/** What templates see of the service besides its merged spec. */
export type TemplateSubject = Pick<LLMInferenceService, 'metadata' | 'status'>;

/** The root of every template: the service with its merged spec, and the platform. */
export function templateRoot(
  { metadata, status }: TemplateSubject,
  mergedSpec: LLMInferenceServiceSpec,
  globalConfig: GlobalConfig,
): GoStruct {
  const meta = metadataFields(metadata);
  const specStruct = toStruct({ ...mergedSpec }, specShape);
  const root: Readonly<Record<string, Value>> = {
    ...meta,
    ObjectMeta: fixedStruct(meta),
    Spec: specStruct,
    Status: toStruct({ observedGeneration: 0, ...status }, statusShape),
    GlobalConfig: fixedStruct({
      SystemNamespace: globalConfig.systemNamespace,
      IngressGatewayName: globalConfig.ingressGatewayName,
      IngressGatewayNamespace: globalConfig.ingressGatewayNamespace,
      EnableTLS: globalConfig.enableTLS,
      ModelBasedRoutingHeaderName: globalConfig.modelBasedRoutingHeaderName,
      InferencePoolNamespacedName: globalConfig.inferencePoolNamespacedName,
    }),
  };
  return {
    type: 'struct',
    fieldNames: Object.keys(root),
    // `.Parallelism.Tensor` is the short form of `.Spec.Parallelism.Tensor`.
    field: (field) => (Object.hasOwn(root, field) ? root[field] : specStruct.field(field)),
  };
}

/** The root of a service that sets every struct of the API, to check templates before there is a service. */
export function sampleRoot(): GoStruct {
  const globalConfig: GlobalConfig = {
    systemNamespace: '',
    ingressGatewayName: '',
    ingressGatewayNamespace: '',
    enableTLS: false,
    modelBasedRoutingHeaderName: '',
    inferencePoolNamespacedName: '',
  };
  return templateRoot({ metadata: {}, status: sampleOf(statusShape) }, sampleOf(specShape), globalConfig);
}

/**
 * Metadata in Go's spelling, with Go's zero values. ResourceVersion and ManagedFields are left out: every write of the
 * status changes them, so that pods made from them would be replaced for ever.
 */
function metadataFields(metadata: ObjectMeta): Readonly<Record<string, Value>> {
  return {
    Name: metadata.name ?? '',
    GenerateName: metadata.generateName ?? '',
    Namespace: metadata.namespace ?? '',
    UID: metadata.uid ?? '',
    Generation: metadata.generation ?? 0,
    CreationTimestamp: goTime(metadata.creationTimestamp ?? '0001-01-01T00:00:00Z'),
    DeletionTimestamp: metadata.deletionTimestamp === undefined ? null : goTime(metadata.deletionTimestamp),
    Labels: toMap(metadata.labels ?? {}),
    Annotations: toMap(metadata.annotations ?? {}),
    OwnerReferences: (metadata.ownerReferences ?? []).map((owner) => toStruct({ ...owner }, {})),
    Finalizers: metadata.finalizers ?? [],
  };
}

/** `2026-01-31 08:30:00 +0000 UTC`, as Go prints the times of objects. */
function goTime(timestamp: string): string {
  return timestamp.replace(/^(.*)T(.*)Z$/, '$1 $2 +0000 UTC');
}

function fixedStruct(fields: Readonly<Record<string, Value>>): GoStruct {
  return {
    type: 'struct',
    fieldNames: Object.keys(fields),
    field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
  };
}

/** Go spells `dataRPCPort` as `DataRPCPort` and `uri` as `URI`: equal but for the case of letters. */
function toStruct(value: Readonly<Record<string, unknown>>, shape: Shape): GoStruct {
  const names = new Map(
    [...Object.keys(shape), ...Object.keys(value)].map((key) => [key.toLowerCase(), key]),
  );
  return {
    type: 'struct',
    fieldNames: [...names.values()].map((name) => name.charAt(0).toUpperCase() + name.slice(1)),
    field: (field) => {
      const name = /^[A-Z]/.test(field) ? names.get(field.toLowerCase()) : undefined;
      if (name === undefined) return undefined;
      return toValue(Object.hasOwn(value, name) ? value[name] : undefined, shape[name] ?? 'plain', name);
    },
  };
}

const mapFields = new Set([
  'labels',
  'annotations',
  'nodeSelector',
  'matchLabels',
  'limits',
  'requests',
  'inline',
]);

function toValue(value: unknown, shape: Shape | 'map' | 'plain', name: string): Value {
  if (shape === 'map' || mapFields.has(name)) return toMap(isRecord(value) ? value : {});
  if (isRecord(value)) return toStruct(value, shape === 'plain' ? {} : shape);
  if (Array.isArray(value)) return value.map((item) => toValue(item, 'plain', ''));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function toMap(value: Readonly<Record<string, unknown>>): GoMap {
  return {
    type: 'map',
    entries: new Map(Object.entries(value).map(([key, item]) => [key, toValue(item, 'plain', '')])),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
