import type { PodSpec } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { attachModel } from './attach.ts';

const initializer = { image: 'initializer:1' };
const oci = { mode: 'native', cpu: '10m', memory: '15Mi' } as const;

function podWith(more: Partial<PodSpec>): PodSpec {
  return { containers: [{ name: 'main', image: 'engine' }], ...more };
}

test.each([
  ['hf://org/model', 'kserve-provision-location'],
  ['pvc://claim/model', 'kserve-pvc-source'],
  ['oci+native://quay.example/org/model:v1', 'mnt-models'],
])('a volume that the user made under our name stays his: %s', (uri, name) => {
  const own = { name, persistentVolumeClaim: { claimName: 'large' } };
  expect(attachModel(podWith({ volumes: [own] }), { uri, initializer, oci }).volumes).toEqual([own]);
});

test.each(['hf://org/model', 's3://bucket/model', 'pvc://claim/model', 'oci://quay.example/org/model:v1'])(
  'a mount of the user’s own at the path of the model is named, not hidden: %s',
  (uri) => {
    const main = { name: 'main', volumeMounts: [{ name: 'mine', mountPath: '/mnt/models' }] };
    expect(() => attachModel({ containers: [main] }, { uri, initializer, oci })).toThrow(
      /container "main" has volume "mine" mounted at \/mnt\/models already/,
    );
  },
);

test('a model that is read elsewhere is downloaded to the same path as all others', () => {
  const attached = attachModel(podWith({}), { uri: 'hf://org/model', initializer, path: '/mnt/models/base' });
  const name = 'kserve-provision-location';
  expect(attached.initContainers?.[0]).toMatchObject({
    args: ['hf://org/model', '/mnt/models'],
    volumeMounts: [{ name, mountPath: '/mnt/models' }],
  });
  expect(attached.containers[0]?.volumeMounts).toEqual([
    { name, mountPath: '/mnt/models/base', readOnly: true },
  ]);
});

test.each([
  ['pvc://claim', undefined],
  ['pvc://claim/', undefined],
  ['pvc://claim/a/b', 'a/b'],
  ['pvc://claim/a/b//', 'a/b/'],
])('the path of a claim is taken as written, but for repeated slashes: %s', (uri, subPath) => {
  expect(attachModel(podWith({}), { uri, initializer }).containers[0]?.volumeMounts?.[0]?.subPath).toBe(
    subPath,
  );
});

test('adapters whose names differ only in what names of volumes cannot hold are mounted from volumes of their own', () => {
  const adapters = ['a.b', 'A_b', 'a-b'].map((name, index) => ({ name, uri: `pvc://claim-${index}` }));
  const { volumes = [] } = attachModel(podWith({}), { uri: 'pvc://base', initializer, adapters });
  const claims = new Map(
    volumes.map(({ name, persistentVolumeClaim }) => [name, persistentVolumeClaim?.claimName]),
  );
  expect([...claims.values()].sort()).toEqual(['base', 'claim-0', 'claim-1', 'claim-2']);
  expect(claims.get('lora-pvc-a-b')).toBe('claim-2');
  for (const name of claims.keys()) expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
});
