import fc from 'fast-check';

/** The object that the patches below change. */
export const patchedTemplate = {
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: {
    name: 'one',
    finalizers: ['weir.test/a', 'weir.test/b', 'weir.test/c'],
    labels: { a: '1', b: '2' },
  },
  template: {
    spec: {
      containers: ['a', 'b', 'c'].map((name) => ({
        name,
        image: `image-${name}`,
        args: ['1', '2'],
        env: [
          { name: 'X', value: '1' },
          { name: 'Y', value: '2' },
        ],
        ports: [{ containerPort: 80 }, { containerPort: 81 }],
      })),
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'w', configMap: { name: 'w' } },
      ],
      tolerations: [{ key: 'k', operator: 'Exists' }],
      nodeSelector: { n: '1', m: '2' },
    },
  },
};

/** Patches as kubectl sends them, and stranger ones; the seed is fixed, so a failure can be repeated. */
export function randomPatches(count: number, seed: number): { i: number; patch: object }[] {
  return fc.sample(patches(), { numRuns: count, seed }).map((patch, i) => ({ i, patch }));
}

function patches(): fc.Arbitrary<object> {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(value, { nil: undefined });
  const env = list(
    fc.record({ name: fc.constantFrom('X', 'Y', 'Z'), value: fc.constantFrom('1', '9') }),
    (item) => item.name,
  );
  const container = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        name,
        image: fc.constantFrom('p', 'q'),
        env: maybe(env),
        args: maybe(fc.constant(['9'])),
      }),
    },
    { weight: 1, arbitrary: fc.record({ name, $patch: fc.constant('delete') }) },
  );
  const containers = ordered(
    'containers',
    list(container, (item) => item.name),
    (item) => item.name,
    ['a', 'b', 'c'],
  );
  const volume = fc.oneof(
    fc.record({
      name: fc.constantFrom('v', 'w', 'x'),
      $retainKeys: fc.constant(['name', 'secret']),
      secret: fc.constant({ secretName: 's' }),
    }),
    fc.record({ name: fc.constantFrom('v', 'w'), $patch: fc.constant('delete') }),
  );
  const finalizers = list(fc.constantFrom('weir.test/a', 'weir.test/d', 'weir.test/e'), (item) => item);
  const spec = fc
    .tuple(
      maybe(containers),
      fc.record({
        volumes: maybe(list(volume, (item) => item.name)),
        tolerations: maybe(fc.constant([{ key: 'z', operator: 'Exists' }])),
        nodeSelector: maybe(
          fc.constantFrom(
            { n: null, o: '3' },
            { $patch: 'replace', o: '3' },
            { $patch: 'delete' },
            { m: '4' },
          ),
        ),
      }),
    )
    .map(([parts, rest]) => ({ ...parts, ...rest }));
  const metadata = fc
    .tuple(
      maybe(ordered('finalizers', finalizers, (item) => item, ['weir.test/a', 'weir.test/c'])),
      fc.record({
        '$deleteFromPrimitiveList/finalizers': maybe(fc.constant(['weir.test/b', 'weir.test/z'])),
        labels: maybe(fc.constantFrom({ a: null }, { c: '3' }, null)),
      }),
    )
    .map(([parts, rest]) => ({ ...parts, ...rest }));
  return fc
    .record({ metadata, template: fc.record({ spec }) })
    .map((patch) => JSON.parse(JSON.stringify(patch)) as object);
}

/** A list with the order that kubectl would send for it: all of its items among others, in one sequence. */
function ordered<T>(
  field: string,
  items: fc.Arbitrary<T[]>,
  keyOf: (item: T) => string,
  others: readonly string[],
): fc.Arbitrary<object> {
  return fc.tuple(items, fc.shuffledSubarray([...others]), fc.boolean()).map(([list, more, isOrdered]) => {
    if (!isOrdered || list.length === 0) return { [field]: list };
    const keys = [...more];
    for (const item of list) if (!keys.includes(keyOf(item))) keys.push(keyOf(item));
    const sent = [...list].sort((a, b) => keys.indexOf(keyOf(a)) - keys.indexOf(keyOf(b)));
    const order = keys.map((key) => (typeof list[0] === 'string' ? key : { name: key }));
    return { [field]: sent, [`$setElementOrder/${field}`]: order };
  });
}

function list<T>(item: fc.Arbitrary<T>, selector: (item: T) => unknown): fc.Arbitrary<T[]> {
  return fc.uniqueArray(item, { maxLength: 4, selector });
}
