import type { KubeObject, MergeNode, ResourceKind } from '@weir/api/meta';
import type { KindSchema } from './kind-schema.ts';

/** Where a kind keeps what the scale subresource shows: JSON paths such as `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  /** Absent: the scale has no selector. */
  readonly labelSelector?: string;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

/** One version under which a kind is served. */
export interface ServedVersion {
  readonly name: string;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | null;
  /** Columns of a custom kind; null for built-ins, which have their own. */
  readonly columns: readonly PrinterColumn[] | null;
  readonly schema: KindSchema;
  /** The document behind `schema`, for custom kinds. */
  readonly openApiSchema: unknown;
  /** Shown to clients of a deprecated version. */
  readonly deprecation: string | null;
}

/** A kind that the server knows, with all its versions. */
export interface ServedKind {
  readonly group: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** In the order in which clients should prefer them. */
  readonly versions: readonly ServedVersion[];
  readonly storageVersion: string;
  /** Subresources besides status and scale. */
  readonly subresources: readonly Subresource[];
  readonly isCustom: boolean;
  /** Merge rules of strategic patches; undefined for custom kinds, which do not take them. */
  readonly mergeNode: MergeNode | undefined;
  readonly conversion: Conversion;
}

/** How objects of a kind get from one of its versions to another. */
export interface Conversion {
  /** Objects in any of the kind's versions, in the given one and in the same order. */
  convert(objects: readonly KubeObject[], toVersion: string): Promise<readonly KubeObject[]>;
  /** The same for objects as the store has them, which many clients read: results may be kept. */
  read(objects: readonly KubeObject[], toVersion: string): Promise<readonly KubeObject[]>;
  /** Says that these will be read one by one; there only where converting them together is cheaper. */
  readonly announce?: (objects: readonly KubeObject[], toVersion: string) => void;
}

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A kind in the version that a request asks for. */
export interface Target {
  readonly served: ServedKind;
  readonly version: ServedVersion;
  /** The same as plain data, for errors, admission and paths. */
  readonly kind: ResourceKind;
}

/** Name of the collection in the store. */
export function collectionOf(kind: Pick<ServedKind, 'group' | 'plural'>): string {
  return `${kind.group}/${kind.plural}`;
}

export function targetOf(served: ServedKind, version: ServedVersion): Target {
  const { group, kind, plural, namespaced } = served;
  return { served, version, kind: { group, version: version.name, kind, plural, namespaced } };
}

/** Key of an object in its collection. */
export function storeKey(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
