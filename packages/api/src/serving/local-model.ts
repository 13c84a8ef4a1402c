import type { KubeObject, ObjectMeta, ResourceKind } from '../meta/index.ts';
import {
  disableLocalModelAnnotation,
  localModelAnnotations,
  localModelLabel,
  localModelNamespaceLabel,
  nodeGroupAnnotation,
} from './keys.ts';
import { type LLMInferenceService, servingGroup } from './types.ts';

/** A model that is kept on the disks of groups of nodes: for one namespace, or for all. */
export interface ModelCache extends KubeObject {
  spec?: { sourceModelUri?: string; nodeGroups?: string[] };
}

/** The caches that a service may use. */
export interface ModelCaches {
  /** Those of its namespace, which come first. */
  readonly ofNamespace: readonly ModelCache[];
  readonly ofCluster: readonly ModelCache[];
}

/** `disabled`: by the platform. `unknown`: not read yet, so that nothing can be said about a service. */
export type LocalModels = ModelCaches | 'disabled' | 'unknown';

export const modelCacheResources: {
  readonly ofNamespace: ResourceKind<ModelCache>;
  readonly ofCluster: ResourceKind<ModelCache>;
} = {
  ofNamespace: cacheKind('LocalModelNamespaceCache', true),
  ofCluster: cacheKind('LocalModelCache', false),
};

function cacheKind(kind: string, namespaced: boolean): ResourceKind<ModelCache> {
  return { group: servingGroup, version: 'v1alpha1', kind, plural: `${kind.toLowerCase()}s`, namespaced };
}

/**
 * Names on the service the copy of its own model that the nodes hold, and no other: what a user wrote there, or an
 * earlier review, goes. Returns the same object when nothing changes; never changes its argument.
 */
export function withLocalModel(service: LLMInferenceService, models: LocalModels): LLMInferenceService {
  if (models === 'unknown') return service;
  const { metadata } = service;
  const marks = marksOf(chosenCopy(service, models));
  const labels = replaced(metadata.labels, marks.labels);
  const annotations = replaced(metadata.annotations, marks.annotations);
  if (labels === metadata.labels && annotations === metadata.annotations) return service;
  const { labels: _labels, annotations: _annotations, ...rest } = metadata;
  return {
    ...service,
    metadata: {
      ...rest,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}

/** A cache, and the nodes of it that are meant. */
interface Copy {
  readonly cache: ModelCache;
  readonly nodeGroup: string;
}

function chosenCopy(
  { metadata, spec }: LLMInferenceService,
  models: ModelCaches | 'disabled',
): Copy | undefined {
  if (models === 'disabled' || metadata.annotations?.[disableLocalModelAnnotation] !== undefined)
    return undefined;
  const uri = spec?.model?.uri ?? '';
  const wanted = metadata.annotations?.[nodeGroupAnnotation];
  for (const cache of [...byName(models.ofNamespace), ...byName(models.ofCluster)]) {
    const { sourceModelUri = '', nodeGroups = [] } = cache.spec ?? {};
    const nodeGroup = wanted === undefined ? nodeGroups[0] : nodeGroups.find((group) => group === wanted);
    if (nodeGroup !== undefined && holds(sourceModelUri, uri)) return { cache, nodeGroup };
  }
  return undefined;
}

/** The model itself, or what it lies in. */
function holds(source: string, uri: string): boolean {
  const base = source.replace(/\/+$/, '');
  return base !== '' && (uri === base || uri.startsWith(`${base}/`));
}

/** So that the choice among several does not change from one review to the next. */
function byName(caches: readonly ModelCache[]): ModelCache[] {
  const nameOf = ({ metadata: { name = '' } }: ModelCache): string => name;
  return [...caches].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

type Values = Readonly<Record<string, string | undefined>>;

/** Every key that admission owns, with its value or undefined where it must not be. */
function marksOf(copy: Copy | undefined): { readonly labels: Values; readonly annotations: Values } {
  const { name, namespace } = copy?.cache.metadata ?? {};
  return {
    labels: { [localModelLabel]: name, [localModelNamespaceLabel]: namespace },
    annotations: {
      [localModelAnnotations.sourceUri]: copy?.cache.spec?.sourceModelUri,
      [localModelAnnotations.claim]: copy === undefined ? undefined : `${name}-${copy.nodeGroup}`,
    },
  };
}

function replaced(before: ObjectMeta['labels'], values: Values): ObjectMeta['labels'] {
  if (Object.entries(values).every(([key, value]) => before?.[key] === value)) return before;
  const after = Object.entries({ ...before, ...values }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return after.length === 0 ? undefined : Object.fromEntries(after);
}
