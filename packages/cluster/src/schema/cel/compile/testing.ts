import fc from 'fast-check';
import { isJsonObject, put, type StructuralSchema } from '../../structural.ts';
import { escapeName } from '../field-names.ts';

/** What rules speak of: the names and texts in them. Values made of these meet the branches of a rule by chance. */
export interface Vocabulary {
  readonly names: ReadonlySet<string>;
  readonly texts: readonly string[];
}

const common = [
  '',
  'a',
  'b',
  '*',
  '*.a.b',
  'a.b/c',
  '/a/../b',
  '/a//b',
  '0s',
  '1h',
  '90m',
  '10.0.0.1',
  'ä😀',
  'A_b',
];

export function vocabularyOf(schema: StructuralSchema): Vocabulary {
  const rules = rulesWithin(schema).join('\n');
  const texts = [...rules.matchAll(/'([^'\n]*)'|"([^"\n]*)"/g)].map(([, a, b]) => a ?? b ?? '');
  return { names: new Set(rules.match(/\w+/g)), texts: [...new Set([...texts, ...common])] };
}

function rulesWithin(schema: StructuralSchema): readonly string[] {
  const branches = schema.checks?.allOf ?? [];
  const parts = [schema.items, schema.additional, ...schema.properties.values(), ...branches];
  const inner = parts.flatMap((part) => (part === undefined ? [] : rulesWithin(part)));
  return [...schema.rules.map(({ rule }) => rule), ...inner];
}

/** Values of a schema as rules meet them: mostly right, some with a null or a wrong type somewhere. */
export function arbitraryValue(schema: StructuralSchema, words: Vocabulary): fc.Arbitrary<unknown> {
  const right = rightValue(schema, words);
  return fc.oneof(
    { arbitrary: right, weight: 40 },
    { arbitrary: fc.constantFrom(null, 'x', 3, [], {}), weight: 1 },
  );
}

function rightValue(schema: StructuralSchema, words: Vocabulary): fc.Arbitrary<unknown> {
  if (schema.intOrString) return fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constantFrom(...words.texts));
  switch (schema.type) {
    case 'object':
      return objectValue(schema, words);
    case 'array':
      return schema.items === undefined ? fc.constant([]) : listValue(arbitraryValue(schema.items, words));
    case 'integer':
      return fc.oneof(
        { arbitrary: fc.integer({ min: -1, max: 3 }), weight: 9 },
        fc.constantFrom(2 ** 53, 1e300),
      );
    case 'number':
      return fc.constantFrom(-1, 0, 0.5, 1, 2, 1e300);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return textValue(schema, words);
    default:
      return fc.constantFrom(null, 'a', 1, 1.5, true, { a: 1 }, ['a']);
  }
}

/** Many rules are about items that are there twice. */
function listValue(item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const list = fc.array(item, { maxLength: 3 });
  return fc
    .tuple(list, fc.boolean())
    .map(([items, twice]) => (twice ? [...items, ...items.slice(0, 1)] : items));
}

function textValue(schema: StructuralSchema, words: Vocabulary): fc.Arbitrary<string> {
  const texts = fc.constantFrom(...words.texts);
  const allowed = (schema.checks?.enum ?? []).filter((one) => typeof one === 'string');
  if (allowed.length === 0) return texts;
  return fc.oneof({ arbitrary: fc.constantFrom(...allowed), weight: 9 }, texts);
}

/** Of a pod's hundred fields those that rules name, besides a few. */
function objectValue(schema: StructuralSchema, words: Vocabulary): fc.Arbitrary<unknown> {
  const named = [...schema.properties].filter(([key]) => words.names.has(escapeName(key)));
  const fields = named.map(([key, field]) =>
    fc.option(
      arbitraryValue(field, words).map((value) => [key, value] as const),
      { freq: isMostlyThere(schema, key, field) ? 40 : 2 },
    ),
  );
  const open = schema.additional;
  const extra =
    open === undefined
      ? fc.constant([])
      : fc.array(fc.tuple(fc.constantFrom(...words.texts), arbitraryValue(open, words)), { maxLength: 3 });
  return fc.tuple(fc.tuple(...fields), extra).map(([some, more]) => toObject([...some, ...more]));
}

function isMostlyThere(schema: StructuralSchema, key: string, field: StructuralSchema): boolean {
  return schema.required.includes(key) || field.default !== undefined;
}

function toObject(entries: readonly (readonly [string, unknown] | null)[]): unknown {
  const object: Record<string, unknown> = {};
  for (const entry of entries) if (entry !== null) put(object, entry[0], entry[1]);
  return object;
}

/** The value with one of its parts taken away or replaced. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(value);
  if (places.length === 0) return fc.constant(value);
  return fc
    .tuple(fc.constantFrom(...places), fc.constantFrom(undefined, null, 'x', 7, [], {}))
    .map(([path, other]) => replaced(value, path, other));
}

function placesIn(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [key],
    ...placesIn(inner).map((path) => [key, ...path]),
  ]);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other;
  if (Array.isArray(value)) {
    const items = value.map((item, i) => (String(i) === key ? replaced(item, rest, other) : item));
    return items.filter((item) => item !== undefined);
  }
  if (!isJsonObject(value)) return value;
  const { [key]: inner, ...others } = value;
  const next = replaced(inner, rest, other);
  return next === undefined ? others : { ...others, [key]: next };
}
