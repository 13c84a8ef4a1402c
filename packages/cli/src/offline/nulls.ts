import type { KubeObject } from '@weir/api/meta';
import { mergeAnnotation, servingGroup } from '@weir/api/serving';

/** What is said of fields that are null. */
export interface NullField {
  readonly path: string;
  readonly message: string;
  readonly fix: string;
  /** Whether the service asks for merges that delete, so that its author means the null. */
  readonly isMeant: boolean;
}

/**
 * The fields of a spec that are null. API servers drop them before any webhook or controller sees them, so that nothing
 * can be unset this way: whoever writes one may expect otherwise.
 */
export function nullFields(document: KubeObject): readonly NullField[] {
  if (!document.apiVersion.startsWith(`${servingGroup}/`)) return [];
  const isMeant = document.metadata.annotations?.[mergeAnnotation] === 'v2';
  return nullPaths('spec' in document ? document.spec : undefined, 'spec').map((path) => ({
    path,
    message: 'API servers drop null before it is merged, so that it unsets nothing',
    fix: `leave the field out in every layer; items of lists go with $patch: delete (${mergeAnnotation}: v2)`,
    isMeant,
  }));
}

function nullPaths(value: unknown, path: string): string[] {
  // Items of lists that are null are refused by the schema.
  if (Array.isArray(value))
    return value.flatMap((item, index) => (item === null ? [] : nullPaths(item, `${path}[${index}]`)));
  if (value === null) return [path];
  if (typeof value !== 'object') return [];
  // The picker's configuration is kept as it is.
  const fields = Object.entries(value).filter(([key]) => key !== 'inline');
  return fields.flatMap(([key, item]) =>
    nullPaths(item, /[.[\]]/.test(key) ? `${path}[${key}]` : `${path}.${key}`),
  );
}
