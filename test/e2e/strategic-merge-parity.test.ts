import { type KubeObject, mergeNodeOf, strategicMerge } from '@weir/api/meta';
import { hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const path = '/api/v1/namespaces/default/podtemplates';
const node = mergeNodeOf('io.k8s.api.core.v1.PodTemplate');

/** Random strategic merge patches through kube-apiserver and through our merge give the same pod template. */
describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'strategic merge patches as in kube-apiserver',
  () => {
    let plane: RealControlPlane;
    let live: KubeObject;

    beforeAll(async () => {
      plane = await startRealControlPlane();
      const answer = await send('POST', path, template);
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      live = answer.body as KubeObject;
    });

    afterAll(async () => {
      await plane?.stop();
    });

    test.each(fc.sample(patches(), { numRuns: 150, seed: 4711 }).map((patch, i) => ({ i, patch })))(
      'patch $i',
      async ({ patch }) => {
        const theirs = await send(
          'PATCH',
          `${path}/one?dryRun=All`,
          patch,
          'application/strategic-merge-patch+json',
        );
        const label = JSON.stringify(patch);
        if (theirs.status >= 300) {
          // Refused patches are refused by validation of the result or for what they say; ours must not crash either.
          expect([400, 422, 500], `${label} ${JSON.stringify(theirs.body)}`).toContain(theirs.status);
          return;
        }
        const merged = strategicMerge(live, patch, node) as KubeObject;
        const { managedFields: _managers, ...metadata } = merged.metadata;
        const ours = await send('PUT', `${path}/one?dryRun=All`, { ...merged, metadata });
        expect(ours.status, `${label} ${JSON.stringify(ours.body)}`).toBe(200);
        expect(withoutManagers(ours.body), label).toEqual(withoutManagers(theirs.body));
      },
    );

    async function send(
      method: string,
      target: string,
      body: unknown,
      contentType = 'application/json',
    ): Promise<{ status: number; body: unknown }> {
      const response = await plane.fetch(target, {
        method,
        headers: { 'content-type': contentType, accept: 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    }
  },
);

const template = {
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

function withoutManagers(object: unknown): unknown {
  const { metadata, ...rest } = object as KubeObject;
  const { managedFields: _managers, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
