import fc from 'fast-check';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
  readonly maxItems?: number;
}

/** Objects that mostly follow a CRD's schema: right types, plausible and implausible values. The seed is fixed. */
export function randomObjects(schema: unknown, count: number, seed: number): object[] {
  const spec = (schema as Schema).properties?.spec ?? {};
  const specs = fc.sample(arbitraryOf(spec, 0), { numRuns: count, seed });
  return specs.map((one) => JSON.parse(JSON.stringify({ spec: one })) as object);
}

const texts = fc.constantFrom(
  '',
  'a',
  'b',
  'a.example',
  '*.example',
  '/x',
  '/x//y',
  '10.0.0.1',
  'A_b',
  '1s',
  '5m',
  'Service',
);

function arbitraryOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'string':
      return schema.default === undefined ? texts : fc.oneof(texts, fc.constant(schema.default));
    case 'integer':
      return fc.constantFrom(0, 1, 80, 302, 8080, 70_000);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}, depth + 1), { maxLength: depth > 4 ? 1 : 2 });
    case 'object':
      return objectOf(schema, depth);
    default:
      return fc.constantFrom(1, 'a');
  }
}

function objectOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (schema.properties === undefined) {
    const values = arbitraryOf(schema.additionalProperties ?? { type: 'string' }, depth + 1);
    return fc.dictionary(fc.constantFrom('a', 'b.example/c', 'not a key'), values, { maxKeys: 2 });
  }
  const fields = Object.entries(schema.properties).map(([name, field]): [string, fc.Arbitrary<unknown>] => {
    const value = arbitraryOf(field, depth + 1);
    const isLikely = schema.required?.includes(name) === true;
    return [
      name,
      isLikely
        ? fc.option(value, { nil: undefined, freq: 12 })
        : fc.option(value, { nil: undefined, freq: 1 }),
    ];
  });
  return fc.record(Object.fromEntries(fields));
}
