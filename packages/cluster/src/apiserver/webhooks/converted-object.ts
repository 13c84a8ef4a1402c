import type { KubeObject, ObjectMeta } from '@weir/api/meta';
import { withTexts } from '../registry/conversion.ts';
import { labelErrors } from '../rest/names.ts';

interface Expected {
  readonly desired: string;
  /** What an error begins with. */
  readonly subject: string;
  /** Index in a list; null for an object that is converted alone. */
  readonly place: number | null;
}

/** What a webhook made of an object, with the identity and state that only the server decides. */
export function acceptConverted(original: KubeObject, value: unknown, expected: Expected): KubeObject {
  const { desired, subject, place } = expected;
  const converted = (typeof value === 'object' ? value : null) as KubeObject | null;
  const kindProblem = kindProblemOf(original, converted, desired);
  if (converted === null || kindProblem !== null) {
    const which = place === null ? 'invalid object at index 0' : `invalid converted object at index ${place}`;
    throw new Error(`${subject} returned ${which}: ${kindProblem ?? 'no object'}`);
  }
  const metadata = (converted.metadata ?? {}) as ObjectMeta;
  const identityProblem = identityProblemOf(original.metadata, metadata);
  if (identityProblem !== null) {
    const which = place === null ? 'invalid object' : `invalid converted object at index ${place}`;
    throw new Error(`${subject} returned ${which}: ${identityProblem}`);
  }
  const textsProblem = textsProblemOf(metadata);
  if (textsProblem !== null) {
    const which = place === null ? 'invalid metadata' : `invalid metadata in object at index ${place}`;
    throw new Error(`${subject} returned ${which}: ${textsProblem}`);
  }
  return { ...converted, metadata: withTexts(original.metadata, metadata) };
}

function kindProblemOf(original: KubeObject, converted: KubeObject | null, desired: string): string | null {
  const apiVersion = converted?.apiVersion ?? '';
  if (apiVersion !== desired) return `invalid groupVersion (expected ${desired}, received ${apiVersion})`;
  const kind = converted?.kind ?? '';
  return kind === original.kind ? null : `invalid kind (expected ${original.kind}, received ${kind})`;
}

const identity = [
  ['name', 'name'],
  ['namespace', 'namespace'],
  ['UID', 'uid'],
] as const;

function identityProblemOf(original: ObjectMeta, converted: ObjectMeta): string | null {
  for (const [title, field] of identity) {
    const before = original[field] ?? '';
    const after = converted[field] ?? '';
    if (before !== after) return `must have the same ${title}: ${before} != ${after}`;
  }
  return null;
}

function textsProblemOf(metadata: ObjectMeta): string | null {
  for (const field of ['labels', 'annotations'] as const) {
    const texts: unknown = metadata[field] ?? {};
    if (typeof texts !== 'object' || Array.isArray(texts))
      return `invalid metadata.${field} in converted object`;
    for (const [key, text] of Object.entries(texts as object)) {
      if (typeof text !== 'string')
        return `metadata.${field}[${key}] must be a string, but is ${typeof text} in converted object`;
    }
  }
  const [error] = labelErrors(metadata.labels, 'metadata.labels');
  return error === undefined
    ? null
    : `${error.path}: Invalid value: ${JSON.stringify(error.value)}: ${error.detail}`;
}
