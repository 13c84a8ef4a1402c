import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeNodeOf } from './merge-node.ts';
import { strategicMerge } from './strategic-merge.ts';

const podSpec = mergeNodeOf('io.k8s.api.core.v1.PodSpec');
const deploymentSpec = mergeNodeOf('io.k8s.api.apps.v1.DeploymentSpec');
const serviceSpec = mergeNodeOf('io.k8s.api.core.v1.ServiceSpec');
const meta = mergeNodeOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');

const cases: [string, unknown, unknown, ReturnType<typeof mergeNodeOf>, unknown][] = [
  ['null deletes a field', { a: 1, b: 2 }, { a: null }, undefined, { b: 2 }],
  ['objects merge field by field', { a: { b: 1 } }, { a: { c: 2 } }, undefined, { a: { b: 1, c: 2 } }],
  ['lists without rule are replaced', { args: ['a'] }, { args: ['b'] }, podSpec, { args: ['b'] }],
  [
    'items of a keyed list merge by their key, and the position of live items stays',
    {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'y' },
      ],
    },
    { containers: [{ name: 'b', image: 'z' }] },
    podSpec,
    {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'b', image: 'z' },
      ],
    },
  ],
  [
    'rules reach into the types of fields; new items come first',
    { template: { spec: { containers: [{ name: 'a', env: [{ name: 'X', value: '1' }] }] } } },
    { template: { spec: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }] } } },
    deploymentSpec,
    {
      template: {
        spec: {
          containers: [
            {
              name: 'a',
              env: [
                { name: 'Y', value: '2' },
                { name: 'X', value: '1' },
              ],
            },
          ],
        },
      },
    },
  ],
  [
    'an item with $patch: delete removes the live item',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ name: 'a', $patch: 'delete' }] },
    podSpec,
    { containers: [{ name: 'b' }] },
  ],
  [
    'an item with $patch: replace replaces the whole list',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ name: 'c' }, { $patch: 'replace' }] },
    podSpec,
    { containers: [{ name: 'c' }] },
  ],
  [
    'an object with $patch: replace replaces the object',
    { a: { b: 1 } },
    { a: { $patch: 'replace', c: 2 } },
    undefined,
    { a: { c: 2 } },
  ],
  [
    'an object with $patch: delete empties the object',
    { a: { b: 1 } },
    { a: { $patch: 'delete' } },
    undefined,
    { a: {} },
  ],
  [
    'plain values merge as a set',
    { finalizers: ['a', 'b'] },
    { finalizers: ['c', 'a'] },
    meta,
    { finalizers: ['c', 'a', 'b'] },
  ],
  [
    'plain values are deleted by $deleteFromPrimitiveList',
    { finalizers: ['a', 'b'] },
    { '$deleteFromPrimitiveList/finalizers': ['a'] },
    meta,
    { finalizers: ['b'] },
  ],
  [
    '$setElementOrder orders the named items and keeps the others near their live neighbours',
    { containers: [{ name: 'a' }, { name: 'x' }, { name: 'b' }] },
    {
      '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
      containers: [{ name: 'b', image: 'n' }],
    },
    podSpec,
    { containers: [{ name: 'x' }, { name: 'b', image: 'n' }, { name: 'a' }] },
  ],
  [
    '$retainKeys drops the keys that it does not name',
    { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    deploymentSpec,
    { strategy: { type: 'Recreate' } },
  ],
  [
    'merge keys may be numbers',
    { ports: [{ port: 80, name: 'http' }] },
    { ports: [{ port: 80, targetPort: 8080 }, { port: 443 }] },
    serviceSpec,
    { ports: [{ port: 80, name: 'http', targetPort: 8080 }, { port: 443 }] },
  ],
  ['nulls inside a new object do not survive', {}, { a: { b: null, c: 1 } }, undefined, { a: { c: 1 } }],
];

test.each(cases)('%s', (_name, base, patch, node, expected) => {
  const before = JSON.stringify([base, patch]);
  expect(strategicMerge(base, patch, node)).toEqual(expected);
  expect(JSON.stringify([base, patch])).toBe(before);
});

test.each([
  [{ $patch: 'explode' }, '$patch: unknown value "explode"'],
  [{ $retainKeys: 'x' }, '$retainKeys: must be a list of field names'],
  [{ $retainKeys: ['a'], b: 1 }, '$retainKeys: the patch sets b, which the list does not name'],
  [{ containers: [{ image: 'x' }] }, 'containers: an item has no merge key name'],
  [{ containers: ['x'] }, 'containers: list mixes objects and plain values'],
  [{ '$setElementOrder/containers': 1 }, '$setElementOrder/containers: must be a list'],
  [
    { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'z' }] },
    '$setElementOrder/containers: does not name the items of containers in the order they have',
  ],
])('the malformed patch %j is refused by name', (patch, problem) => {
  expect(() => strategicMerge({ containers: [{ name: 'a' }] }, patch, podSpec)).toThrow(
    `strategic merge patch: ${problem}`,
  );
});

test('a key named __proto__ stays data', () => {
  const patch = JSON.parse('{"labels":{"__proto__":{"polluted":true}}}');
  const merged = strategicMerge({ labels: { a: 'b' } }, patch, undefined) as { labels: object };
  expect(Object.keys(merged.labels)).toEqual(['a', '__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

const containers = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), image: fc.string() }),
  { selector: (container) => container.name },
);

test('merging the same patch again changes nothing', () => {
  fc.assert(
    fc.property(containers, containers, (live, sent) => {
      const once = strategicMerge({ containers: live }, { containers: sent }, podSpec);
      expect(strategicMerge(once, { containers: sent }, podSpec)).toEqual(once);
    }),
  );
});

test('a merge holds each key once, with the value of the patch where it has one', () => {
  fc.assert(
    fc.property(containers, containers, (live, sent) => {
      const merged = strategicMerge({ containers: live }, { containers: sent }, podSpec) as {
        containers: typeof live;
      };
      const expected = new Map([...live, ...sent].map((one) => [one.name, one.image]));
      expect(new Map(merged.containers.map((one) => [one.name, one.image]))).toEqual(expected);
      expect(merged.containers).toHaveLength(expected.size);
    }),
  );
});

test('the order asked for by $setElementOrder is the order of the result', () => {
  fc.assert(
    fc.property(containers, (live) => {
      const order = [...live].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name }) => ({ name }));
      const merged = strategicMerge({ containers: live }, { '$setElementOrder/containers': order }, podSpec);
      expect((merged as { containers: typeof live }).containers.map(({ name }) => ({ name }))).toEqual(order);
    }),
  );
});

test('types without merge rules, and names that are no types, have no node', () => {
  expect(mergeNodeOf('io.k8s.api.core.v1.SecretKeySelector')).toBeUndefined();
  expect(mergeNodeOf('toString')).toBeUndefined();
});

test('the rules of the pod template are those of the Go types', () => {
  const fields = Object.entries(podSpec?.fields ?? {})
    .filter(([, field]) => field.strategy === 'merge')
    .map(([name, field]) => [name, field.mergeKey]);
  expect(Object.fromEntries(fields)).toEqual({
    containers: 'name',
    ephemeralContainers: 'name',
    hostAliases: 'ip',
    imagePullSecrets: 'name',
    initContainers: 'name',
    resourceClaims: 'name',
    schedulingGates: 'name',
    topologySpreadConstraints: 'topologyKey',
    volumes: 'name',
  });
});
