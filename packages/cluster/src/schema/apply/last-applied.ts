import type { KubeObject } from '@weir/api/meta';
import { isJsonObject, type StructuralSchema } from '../structural.ts';
import { compare } from './compare.ts';
import { difference, pathsOf } from './field-set.ts';
import { fieldsOf } from './owned-fields.ts';
import { pathText } from './path-element.ts';
import type { ApplyResult } from './server-side-apply.ts';

/** Written by kubectl's client-side apply; kept in step when kubectl applies server-side. */
const annotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** Fields that the live object still has as client-side apply last set them. */
export function allowedByLastApplied(live: KubeObject | null, schema: StructuralSchema): ReadonlySet<string> {
  const text = live?.metadata.annotations?.[annotation];
  if (live === null || text === undefined || text === '') return new Set();
  try {
    const last: unknown = JSON.parse(text);
    if (!isJsonObject(last) || last.apiVersion !== live.apiVersion) return new Set();
    const { added, modified, removed } = compare(schema, last, live);
    const same = difference(difference(difference(fieldsOf(schema, last), modified), added), removed);
    return new Set(pathsOf(same).map(pathText));
  } catch {
    // An annotation that somebody edited by hand allows nothing.
    return new Set();
  }
}

export function withLastApplied(result: ApplyResult, applied: KubeObject): ApplyResult {
  const { object } = result;
  if (!object.metadata.annotations?.[annotation]) return result;
  const { [annotation]: _dropped, ...annotations } = applied.metadata.annotations ?? {};
  const hasAnnotations = applied.metadata.annotations !== undefined;
  const { annotations: _all, ...metadata } = applied.metadata;
  const config = { ...applied, metadata: hasAnnotations ? { ...metadata, annotations } : metadata };
  const text = `${JSON.stringify(sorted(config))}\n`;
  return {
    ...result,
    object: {
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [annotation]: text } },
    },
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
