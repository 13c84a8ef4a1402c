import {
  isJsonObject,
  type JsonObject,
  own,
  type SchemaType,
  type StructuralSchema,
  type ValidationRule,
  type ValueChecks,
} from './structural.ts';

type Building = { -readonly [K in keyof StructuralSchema]: StructuralSchema[K] };

/** Finds the schema that a `$ref` names; only built-in documents have references. */
type Resolver = (schemaName: string) => StructuralSchema;

const referencePrefix = '#/components/schemas/';
const types: readonly string[] = ['object', 'array', 'string', 'integer', 'number', 'boolean'];

/** Reads one version's `openAPIV3Schema` of a CRD. `objectMeta` describes `metadata` of the object and of embedded ones. */
export function structuralOfCrd(openApiSchema: unknown, objectMeta: StructuralSchema): StructuralSchema {
  const root = emptySchema();
  fill(root, isJsonObject(openApiSchema) ? openApiSchema : {}, { objectMeta });
  root.type = 'object';
  root.properties = withTypeMeta(root.properties, objectMeta);
  return root;
}

/** Fills `target` from a schema of the built-in documents; separate from making it, so that types may be recursive. */
export function fillBuiltin(target: Building, raw: JsonObject, resolve: Resolver): void {
  fill(target, raw, { resolve });
  const isOpen = target.properties.size === 0 && target.additional === undefined;
  if (isOpen && (target.type === 'object' || target.type === undefined)) target.preservesUnknown = true;
  target.zeroFields = zeroFieldsOf(raw, target.required);
}

/** Structs that are no pointers have the default {} in the documents; required fields are never omitted. */
function zeroFieldsOf(raw: JsonObject, required: readonly string[]): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [name, property] of Object.entries(isJsonObject(raw.properties) ? raw.properties : {})) {
    if (!isJsonObject(property)) continue;
    const isStruct = referenceOf(property) !== undefined && JSON.stringify(property.default) === '{}';
    if (isStruct) fields.set(name, {});
    else if (required.includes(name)) fields.set(name, zeroOf(property.type));
  }
  return fields;
}

function zeroOf(type: unknown): unknown {
  switch (type) {
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}

export function emptySchema(): Building {
  return {
    type: undefined,
    typeName: undefined,
    schemaName: undefined,
    properties: new Map(),
    additional: undefined,
    items: undefined,
    required: [],
    nullable: false,
    intOrString: false,
    preservesUnknown: false,
    embedsResource: false,
    default: undefined,
    listType: undefined,
    listMapKeys: [],
    mapType: undefined,
    checks: undefined,
    rules: [],
    zeroFields: undefined,
  };
}

interface Context {
  readonly objectMeta?: StructuralSchema;
  readonly resolve?: Resolver;
}

function toSchema(raw: unknown, context: Context): StructuralSchema {
  if (!isJsonObject(raw)) return { ...emptySchema(), preservesUnknown: true };
  const reference = referenceOf(raw);
  if (reference !== undefined && context.resolve !== undefined) {
    return context.resolve(reference.slice(referencePrefix.length));
  }
  const schema = emptySchema();
  if (context.resolve === undefined) fill(schema, raw, context);
  else fillBuiltin(schema, raw, context.resolve);
  return schema;
}

function referenceOf(raw: JsonObject): string | undefined {
  const first = Array.isArray(raw.allOf) && raw.allOf.length === 1 ? raw.allOf[0] : undefined;
  const reference = raw.$ref ?? (isJsonObject(first) ? first.$ref : undefined);
  return typeof reference === 'string' && reference.startsWith(referencePrefix) ? reference : undefined;
}

function fill(target: Building, raw: JsonObject, context: Context): void {
  if (types.includes(raw.type as string)) target.type = raw.type as SchemaType;
  target.properties = mapOf(raw.properties, context);
  if (isJsonObject(raw.additionalProperties)) target.additional = toSchema(raw.additionalProperties, context);
  if (raw.items !== undefined) target.items = toSchema(raw.items, context);
  target.required = strings(raw.required);
  target.nullable = raw.nullable === true;
  target.intOrString = raw['x-kubernetes-int-or-string'] === true || raw.format === 'int-or-string';
  target.preservesUnknown =
    raw['x-kubernetes-preserve-unknown-fields'] === true || raw.additionalProperties === true;
  target.embedsResource = raw['x-kubernetes-embedded-resource'] === true;
  if (raw.default !== undefined) target.default = raw.default;
  target.listType = raw['x-kubernetes-list-type'] as StructuralSchema['listType'];
  target.listMapKeys = strings(raw['x-kubernetes-list-map-keys']);
  target.mapType = raw['x-kubernetes-map-type'] as StructuralSchema['mapType'];
  target.rules = rulesOf(raw['x-kubernetes-validations']);
  target.checks = checksOf(raw, context);
  if (target.embedsResource && context.objectMeta !== undefined) {
    target.properties = withTypeMeta(target.properties, context.objectMeta);
  }
}

function withTypeMeta(
  properties: ReadonlyMap<string, StructuralSchema>,
  objectMeta: StructuralSchema,
): ReadonlyMap<string, StructuralSchema> {
  const text: StructuralSchema = { ...emptySchema(), type: 'string' };
  return new Map([...properties, ['apiVersion', text], ['kind', text], ['metadata', objectMeta]]);
}

function mapOf(raw: unknown, context: Context): ReadonlyMap<string, StructuralSchema> {
  if (!isJsonObject(raw)) return new Map();
  return new Map(Object.entries(raw).map(([name, schema]) => [name, toSchema(schema, context)]));
}

type Checking = { -readonly [K in keyof ValueChecks]: ValueChecks[K] };

function noChecks(): Checking {
  return {
    format: undefined,
    enum: undefined,
    pattern: undefined,
    minimum: undefined,
    maximum: undefined,
    exclusiveMinimum: undefined,
    exclusiveMaximum: undefined,
    multipleOf: undefined,
    minLength: undefined,
    maxLength: undefined,
    minItems: undefined,
    maxItems: undefined,
    uniqueItems: undefined,
    minProperties: undefined,
    maxProperties: undefined,
    allOf: undefined,
    anyOf: undefined,
    oneOf: undefined,
    not: undefined,
  };
}

const checkNames = Object.keys(noChecks()) as readonly (keyof ValueChecks)[];
const branching: readonly string[] = ['allOf', 'anyOf', 'oneOf', 'not'];

function checksOf(raw: JsonObject, context: Context): ValueChecks | undefined {
  let checks: Record<string, unknown> | undefined;
  for (const name of checkNames) {
    const value = branching.includes(name) ? branchesOf(name, raw[name], context) : raw[name];
    if (value === undefined) continue;
    checks ??= noChecks() as Record<string, unknown>;
    checks[name] = value;
  }
  return checks as ValueChecks | undefined;
}

/** Built-in documents have `allOf` only around references. */
function branchesOf(name: string, raw: unknown, context: Context): unknown {
  if (raw === undefined || context.resolve !== undefined) return undefined;
  if (name === 'not') return toSchema(raw, context);
  return Array.isArray(raw) ? raw.map((branch) => toSchema(branch, context)) : undefined;
}

function rulesOf(raw: unknown): readonly ValidationRule[] {
  if (!Array.isArray(raw)) return [];
  return raw.filter(
    (rule): rule is ValidationRule & JsonObject =>
      isJsonObject(rule) && typeof own(rule, 'rule') === 'string',
  );
}

function strings(raw: unknown): readonly string[] {
  return Array.isArray(raw) ? raw.filter((one): one is string => typeof one === 'string') : [];
}
