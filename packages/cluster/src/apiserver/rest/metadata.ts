import { randomBytes, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { FieldError, KubeObject, ObjectMeta } from '@weir/api/meta';
import { invalid, required } from '@weir/api/meta';
import { badRequest, conflict } from '../api-error.ts';
import type { Target } from '../registry/served-kind.ts';
import { labelErrors, nameErrors } from './names.ts';

/** Fields of metadata that only the server writes. */
type Owned = 'uid' | 'creationTimestamp' | 'deletionTimestamp' | 'deletionGracePeriodSeconds' | 'generation';

const maxNameBase = 58;
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** Metadata of a new object. */
export function newMetadata(metadata: ObjectMeta, now: Date, countsGeneration: boolean): ObjectMeta {
  if (metadata.resourceVersion)
    throw badRequest('resourceVersion should not be set on objects to be created');
  const clean = withoutNulls(metadata);
  delete clean.resourceVersion;
  delete clean.deletionTimestamp;
  delete clean.deletionGracePeriodSeconds;
  delete clean.generation;
  delete clean.managedFields;
  const name = clean.name || (clean.generateName ? generatedName(clean.generateName) : '');
  return {
    ...clean,
    name,
    uid: randomUUID(),
    creationTimestamp: timestamp(now),
    ...(countsGeneration ? { generation: 1 } : {}),
  };
}

/** Metadata of an update: what the server owns stays. */
export function updatedMetadata(next: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const merged: ObjectMeta = { ...withoutNulls(next) };
  for (const field of ['name', 'namespace', 'generateName'] as const) copy(merged, old, field);
  const owned: readonly Owned[] = [
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generation',
  ];
  for (const field of owned) copy(merged, old, field);
  return merged;
}

/** Refuses an update that was meant for an earlier object of the same name. */
export function requireSameUid(target: Target, next: ObjectMeta, old: ObjectMeta): void {
  if (!next.uid || next.uid === old.uid) return;
  const why = `Precondition failed: UID in precondition: ${next.uid}, UID in object meta: ${old.uid ?? ''}`;
  throw conflict(target.kind, old.name ?? '', why);
}

/** A patch may not make the object another one. */
export function identityErrors(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  if (!next.uid || next.uid === old.uid) return [];
  return [invalid('metadata.uid', next.uid, 'field is immutable')];
}

export function metadataErrors(target: Target, metadata: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (!metadata.name) errors.push(required('metadata.name', 'name or generateName is required'));
  else {
    const path = metadata.generateName && !metadata.name ? 'metadata.generateName' : 'metadata.name';
    errors.push(
      ...nameErrors(target.kind, metadata.name).map((detail) => invalid(path, metadata.name, detail)),
    );
  }
  errors.push(...labelErrors(metadata.labels, 'metadata.labels'));
  errors.push(...ownerErrors(metadata));
  return errors;
}

/** A change that counts for metadata.generation: anything besides metadata and status. */
export function isSpecChange(target: Target, next: KubeObject, old: KubeObject): boolean {
  const ignored = target.version.hasStatus ? ['metadata', 'status'] : ['metadata'];
  const strip = (object: KubeObject): Record<string, unknown> =>
    Object.fromEntries(Object.entries(object).filter(([key]) => !ignored.includes(key)));
  return !isDeepStrictEqual(strip(next), strip(old));
}

/** RFC 3339 without fractions, as metav1.Time. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function ownerErrors(metadata: ObjectMeta): FieldError[] {
  const controllers = (metadata.ownerReferences ?? []).filter((owner) => owner.controller === true);
  const errors: FieldError[] = (metadata.ownerReferences ?? []).flatMap((owner, index) =>
    (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((field) => !owner[field])
      .map((field) =>
        invalid(`metadata.ownerReferences[${index}].${field}`, owner[field] ?? '', 'must not be empty'),
      ),
  );
  if (controllers.length > 1) {
    const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controllers[0]?.name} and ${controllers[1]?.name}`;
    errors.push(invalid('metadata.ownerReferences', metadata.ownerReferences, detail));
  }
  return errors;
}

function generatedName(base: string): string {
  const letters = [...randomBytes(5)].map((byte) => suffixLetters[byte % suffixLetters.length] ?? 'x');
  return `${base.slice(0, maxNameBase)}${letters.join('')}`;
}

function copy<K extends keyof ObjectMeta>(target: ObjectMeta, source: ObjectMeta, field: K): void {
  if (source[field] === undefined) delete target[field];
  else target[field] = source[field];
}

/** Clients write `creationTimestamp: null` and the like; a null means absent. */
function withoutNulls(metadata: ObjectMeta): ObjectMeta {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) as ObjectMeta;
}
