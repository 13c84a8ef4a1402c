/**
 * What the API server knows about the shape of a kind. Built from a CRD's openAPIV3Schema or from the OpenAPI
 * documents of the built-in kinds; types may refer to themselves, so the nodes form a graph. Every node has every field,
 * in one order: walks over objects read them a thousand times, which is fast when all nodes look alike.
 */
export interface StructuralSchema {
  readonly type: SchemaType | undefined;
  /** Go type of a built-in, for decoding errors; absent in custom resources. */
  readonly typeName: string | undefined;
  /** Name in components.schemas, for built-ins. */
  readonly schemaName: string | undefined;
  readonly properties: ReadonlyMap<string, StructuralSchema>;
  /** Schema of the values of a map. */
  readonly additional: StructuralSchema | undefined;
  readonly items: StructuralSchema | undefined;
  readonly required: readonly string[];
  readonly nullable: boolean;
  readonly intOrString: boolean;
  readonly preservesUnknown: boolean;
  /** A whole object: apiVersion, kind and metadata are known without being declared. */
  readonly embedsResource: boolean;
  readonly default: unknown;
  readonly listType: 'atomic' | 'set' | 'map' | undefined;
  readonly listMapKeys: readonly string[];
  readonly mapType: 'granular' | 'atomic' | undefined;
  readonly checks: ValueChecks | undefined;
  readonly rules: readonly ValidationRule[];
  /** Built-ins: fields that their Go type always writes, with the value that they have when nobody set them. */
  readonly zeroFields: ReadonlyMap<string, unknown> | undefined;
}

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** Restrictions of a value beyond its type, with JSON Schema's words. All fields are there, as in schemas. */
export interface ValueChecks {
  readonly format: string | undefined;
  readonly enum: readonly unknown[] | undefined;
  readonly pattern: string | undefined;
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMinimum: boolean | undefined;
  readonly exclusiveMaximum: boolean | undefined;
  readonly multipleOf: number | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minItems: number | undefined;
  readonly maxItems: number | undefined;
  readonly uniqueItems: boolean | undefined;
  readonly minProperties: number | undefined;
  readonly maxProperties: number | undefined;
  readonly allOf: readonly StructuralSchema[] | undefined;
  readonly anyOf: readonly StructuralSchema[] | undefined;
  readonly oneOf: readonly StructuralSchema[] | undefined;
  readonly not: StructuralSchema | undefined;
}

/** One entry of x-kubernetes-validations. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** Plain data: it inherits no fields, so that walks may use `for…in`, which needs no list of the keys. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Assigns as plain data: `__proto__` in a document is a key like any other. */
export function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** The own property `key`, or undefined; never something inherited. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Schema of field `key` of a value described by `schema`, or undefined when nothing is known about it. */
export function childSchema(schema: StructuralSchema | undefined, key: string): StructuralSchema | undefined {
  return schema?.properties.get(key) ?? schema?.additional;
}
