import { type OpenApiSchema, readSchemas, referenceOf } from './documents.ts';

/** A structural schema as CRDs carry it: no references, no patch keys. */
export type StructuralSchema = { [key: string]: unknown } & {
  type?: string;
  properties?: Record<string, StructuralSchema>;
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema | boolean;
  required?: string[];
};

const copiedKeys = [
  'type',
  'format',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
] as const;

export const intOrString: StructuralSchema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
};
export const quantityPattern: string =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';
const special: Readonly<Record<string, StructuralSchema>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { ...intOrString, pattern: quantityPattern },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': intOrString,
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { type: 'string', format: 'date-time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  },
};

/** A built-in type, such as `io.k8s.api.core.v1.PodSpec`, with all it refers to written out, without descriptions. */
export function inlineType(groupVersion: string, name: string): StructuralSchema {
  return inline({ $ref: `#/components/schemas/${name}` }, readSchemas(groupVersion));
}

function inline(schema: OpenApiSchema, schemas: Readonly<Record<string, OpenApiSchema>>): StructuralSchema {
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    const known = special[reference];
    if (known !== undefined) return known;
    return inline(schemas[reference] ?? {}, schemas);
  }
  const result: StructuralSchema = {};
  for (const key of copiedKeys) {
    const value = (schema as Readonly<Record<string, unknown>>)[key];
    if (value !== undefined) Object.assign(result, { [key]: value });
  }
  if (schema.items !== undefined) result.items = inline(schema.items, schemas);
  if (typeof schema.additionalProperties === 'object') {
    result.additionalProperties = inline(schema.additionalProperties, schemas);
  }
  if (schema.properties !== undefined) {
    const required = new Set(schema.required ?? []);
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, property]) => [
        key,
        withDefault(inline(property, schemas), property.default, required.has(key)),
      ]),
    );
    if (required.size > 0) result.required = [...required];
  }
  return result;
}

/** A default on a required field only says what Go holds before decoding; it must not fill the field in. */
function withDefault(schema: StructuralSchema, value: unknown, isRequired: boolean): StructuralSchema {
  const isScalar = typeof value !== 'object' && value !== undefined;
  return isScalar && !isRequired ? { ...schema, default: value } : schema;
}

/** The schema without the descriptions of fields, which would make a CRD too large to store. */
export function withoutDescriptions(schema: StructuralSchema): StructuralSchema {
  return mapSchema(schema, ({ description: _dropped, ...rest }) => rest);
}

/**
 * Describes the fields below `schema`: by `texts`, which is keyed by path, and where that says nothing objects refer
 * to the kind that documents them: `elsewhere`, as `kubectl explain` takes it.
 */
export function describeBelow(
  schema: StructuralSchema,
  elsewhere: string,
  texts: Readonly<Record<string, string>> = {},
  path = '',
): StructuralSchema {
  const result = { ...schema };
  if (schema.items !== undefined) result.items = describeBelow(schema.items, elsewhere, texts, path);
  if (schema.properties === undefined) return result;
  result.properties = Object.fromEntries(
    Object.entries(schema.properties).map(([key, property]) => {
      const at = path === '' ? key : `${path}.${key}`;
      const isObject = (property.properties ?? property.items?.properties) !== undefined;
      const text = texts[at] ?? (isObject ? `See ${elsewhere}.${at}` : undefined);
      const below = describeBelow(property, elsewhere, texts, at);
      return [key, text === undefined ? below : { ...below, description: text }];
    }),
  );
  return result;
}

/**
 * The schema without rules about the text of values, so that Go templates pass. Types, enums and lengths stay:
 * where a template is no legal value of the type, none can stand.
 */
export function laxForTemplates(schema: StructuralSchema): StructuralSchema {
  return mapSchema(
    schema,
    ({
      pattern: _pattern,
      minLength: _minLength,
      minItems: _minItems,
      minProperties: _minProperties,
      'x-kubernetes-validations': _rules,
      ...rest
    }) => rest,
  );
}

const deletion: StructuralSchema = {
  type: 'string',
  enum: ['delete'],
  description:
    'delete takes the item of this key away that a layer below brings; needs the annotation weir.dev/merge: v2.',
};

/** The schema whose lists that merge by key may also name items to delete. */
export function withDeletions(schema: StructuralSchema): StructuralSchema {
  return mapSchema(schema, (one) => {
    const { items } = one;
    if (one['x-kubernetes-list-type'] !== 'map' || items?.properties === undefined) return one;
    return { ...one, items: { ...items, properties: { ...items.properties, $patch: deletion } } };
  });
}

/** The schema with one field less that has to be given. */
export function withoutRequired(schema: StructuralSchema, field: string): StructuralSchema {
  const { required, ...rest } = schema;
  const left = (required ?? []).filter((name) => name !== field);
  return left.length === 0 ? rest : { ...rest, required: left };
}

function mapSchema(
  schema: StructuralSchema,
  change: (schema: StructuralSchema) => StructuralSchema,
): StructuralSchema {
  const result = change(schema);
  const inner = (value: StructuralSchema): StructuralSchema => mapSchema(value, change);
  if (result.items !== undefined) result.items = inner(result.items);
  if (typeof result.additionalProperties === 'object') {
    result.additionalProperties = inner(result.additionalProperties);
  }
  if (result.properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(result.properties).map(([key, value]) => [key, inner(value)]),
    );
  }
  return result;
}
