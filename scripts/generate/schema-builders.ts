import { intOrString, quantityPattern, type StructuralSchema } from './structural-schema.ts';

/** Short forms in which the schemas of the serving API are written. Every one takes the description first. */

export function object(
  description: string,
  properties: Record<string, StructuralSchema>,
  required: readonly string[] = [],
): StructuralSchema {
  return {
    type: 'object',
    description,
    properties,
    ...(required.length === 0 ? {} : { required: [...required] }),
  };
}

export function list(description: string, items: StructuralSchema): StructuralSchema {
  return { type: 'array', description, items };
}

/** A list that is replaced as a whole by server-side apply. */
export function atomicList(description: string, items: StructuralSchema): StructuralSchema {
  return { ...list(description, items), 'x-kubernetes-list-type': 'atomic' };
}

export function text(description: string): StructuralSchema {
  return { type: 'string', description };
}

export function choice(description: string, values: readonly string[]): StructuralSchema {
  return { ...text(description), enum: [...values] };
}

export function flag(description: string): StructuralSchema {
  return { type: 'boolean', description };
}

export function integer(description: string, minimum?: number, maximum?: number): StructuralSchema {
  return {
    type: 'integer',
    format: 'int32',
    description,
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

export function quantity(description: string): StructuralSchema {
  return { ...intOrString, pattern: quantityPattern, description };
}

export function countOrPercent(description: string): StructuralSchema {
  return { ...intOrString, description };
}

export function stringMap(description: string): StructuralSchema {
  return { type: 'object', description, additionalProperties: { type: 'string' } };
}

export function described(schema: StructuralSchema, description: string): StructuralSchema {
  return { ...schema, description };
}

/** A name within the namespace. The empty default is Kubernetes' own, of LocalObjectReference. */
export function localReference(description: string, what: string): StructuralSchema {
  return {
    ...object(description, { name: { ...text(`Name of the ${what}.`), default: '' } }),
    'x-kubernetes-map-type': 'atomic',
  };
}

export function objectName(description: string): StructuralSchema {
  return { ...text(description), minLength: 1, maxLength: 253 };
}

export function namespaceName(description: string): StructuralSchema {
  return { ...text(description), minLength: 1, maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };
}

export function subdomain(description: string): StructuralSchema {
  return {
    ...objectName(description),
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
  };
}

/** One `x-kubernetes-validations` entry. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

export function withRules(schema: StructuralSchema, rules: readonly CelRule[]): StructuralSchema {
  return { ...schema, 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) };
}
