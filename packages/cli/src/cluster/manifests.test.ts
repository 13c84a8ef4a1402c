import { expect, test } from 'vitest';
import { parseManifests } from './manifests.ts';

test('scalars are read as kubectl reads them', () => {
  const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {a: y, b: on, octal: 010, octal2: 0o10, binary: 0b11, under: 1_000, time: 12:30, date: 2024-01-01, exp: 1e3}
`;
  const [object] = parseManifests(text, 'a.yaml');
  expect(object).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: {
      a: true,
      b: true,
      octal: 8,
      octal2: 8,
      binary: 3,
      under: 1000,
      time: '12:30',
      date: '2024-01-01',
      exp: 1000,
    },
  });
});

test('a name that looks like an exponent stays a name', () => {
  const text =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e2}\ndata: {a: E10, b: 1e2, c: .5e1, d: .e3}\n';
  expect(parseManifests(text, 'x')).toMatchObject([
    { metadata: { name: 'e2' }, data: { a: 'E10', b: 100, c: 5, d: '.e3' } },
  ]);
});

test('several documents and Lists become single objects, empty documents are skipped', () => {
  const text = `---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: s}}
---
---
{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}
`;
  expect(parseManifests(text, 'x').map((object) => object.kind)).toEqual(['Secret', 'Namespace']);
});

test('what is not an object is refused with the name of the file', () => {
  expect(() => parseManifests('just text', 'f.yaml')).toThrow(
    'f.yaml: a document without apiVersion and kind',
  );
  expect(() => parseManifests('apiVersion: v1\nkind: Pod\n', 'f.yaml')).toThrow(
    'f.yaml: Pod without metadata.name',
  );
  expect(() => parseManifests('a: [', 'f.yaml')).toThrow('f.yaml: ');
});
