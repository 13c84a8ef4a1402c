import type { KubeObject } from '@weir/api/meta';
import { apiVersionOf } from '@weir/api/meta';
import { badRequest } from '../api-error.ts';
import type { Target } from '../registry/served-kind.ts';
import type { WriteOptions } from './write-options.ts';

/** Checks that a decoded body is an object of the kind and version that the path names. */
export function toKubeObject(target: Target, body: unknown): KubeObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest(`the object provided is not a ${target.kind.kind}: expected a JSON object`);
  }
  const object = body as Partial<KubeObject>;
  const apiVersion = apiVersionOf(target.kind);
  const given = { apiVersion: object.apiVersion ?? apiVersion, kind: object.kind ?? target.kind.kind };
  if (given.kind !== target.kind.kind || given.apiVersion !== apiVersion) {
    throw badRequest(
      `the object provided is ${given.apiVersion} ${given.kind}, but the path expects ${apiVersion} ${target.kind.kind}`,
    );
  }
  const metadata = object.metadata ?? {};
  if (typeof metadata !== 'object' || Array.isArray(metadata))
    throw badRequest('metadata: expected an object');
  return { ...object, ...given, metadata };
}

/** Puts namespace and name of the path into the metadata; refuses an object that says something else. */
export function placeAt(object: KubeObject, namespace: string, name: string): KubeObject {
  const { metadata } = object;
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request (${metadata.namespace}, ${namespace || 'none'})`,
    );
  }
  if (name !== '' && metadata.name && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  const { namespace: _, ...rest } = metadata;
  return {
    ...object,
    metadata: { ...rest, ...(name === '' ? {} : { name }), ...(namespace === '' ? {} : { namespace }) },
  };
}

interface CheckedInput {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/**
 * Drops unknown fields; what the client hears of them, and of the `duplicates` that its body has, is its choice
 * (fieldValidation).
 */
export function checkFields(
  target: Target,
  object: KubeObject,
  options: WriteOptions,
  duplicates: readonly string[] = [],
): CheckedInput {
  const title = `${target.kind.kind} in version "${target.kind.version}" cannot be handled as a ${target.kind.kind}`;
  const decodeError = target.version.schema.decodeError(object);
  if (decodeError !== null) throw badRequest(`${title}: ${decodeError}`);
  const { object: pruned, unknown } = target.version.schema.prune(object);
  if (options.fieldValidation === 'Ignore') return { object: pruned, warnings: [] };
  const texts = [
    ...duplicates.map((field) => `duplicate field "${field}"`),
    ...unknown.map((field) => `unknown field "${field}"`),
  ];
  if (texts.length === 0) return { object: pruned, warnings: [] };
  if (options.fieldValidation === 'Strict') {
    throw badRequest(`${title}: strict decoding error: ${texts.join(', ')}`);
  }
  return { object: pruned, warnings: texts };
}
