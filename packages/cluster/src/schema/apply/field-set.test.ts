import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  difference,
  emptySet,
  fromFieldsV1,
  intersection,
  isEmpty,
  pathsOf,
  recursiveDifference,
  setOf,
  toFieldsV1,
  union,
} from './field-set.ts';
import { pathText } from './path-element.ts';

const element = fc.constantFrom('f:a', 'f:b', 'f:c', 'k:{"name":"x"}', 'v:"y"');
const fieldSet = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 8 }).map(setOf);

const texts = (set: Parameters<typeof pathsOf>[0]): string[] =>
  pathsOf(set)
    .map((path) => path.join('/'))
    .sort();

test('the written form nests paths and marks members that have children with a dot', () => {
  const set = setOf([['f:spec', 'f:replicas'], ['f:spec'], ['f:list', 'k:{"name":"a"}']]);
  expect(toFieldsV1(set)).toEqual({
    'f:spec': { '.': {}, 'f:replicas': {} },
    'f:list': { 'k:{"name":"a"}': {} },
  });
});

test('every set survives being written and read', () => {
  fc.assert(
    fc.property(fieldSet, (set) => {
      const read = fromFieldsV1(JSON.parse(JSON.stringify(toFieldsV1(set)))) ?? emptySet;
      expect(texts(read)).toEqual(texts(set));
    }),
  );
});

test('union, intersection and difference are those of sets of paths', () => {
  fc.assert(
    fc.property(fieldSet, fieldSet, (a, b) => {
      const [left, right] = [texts(a), texts(b)];
      expect(texts(union(a, b))).toEqual([...new Set([...left, ...right])].sort());
      expect(texts(intersection(a, b))).toEqual(left.filter((path) => right.includes(path)));
      expect(texts(difference(a, b))).toEqual(left.filter((path) => !right.includes(path)));
    }),
  );
});

test('the recursive difference also removes what is below', () => {
  fc.assert(
    fc.property(fieldSet, fieldSet, (a, b) => {
      const doomed = texts(b);
      const below = (path: string): boolean =>
        doomed.some((one) => path === one || path.startsWith(`${one}/`));
      expect(texts(recursiveDifference(a, b))).toEqual(texts(a).filter((path) => !below(path)));
    }),
  );
});

test.each([[null], [5], [{ spec: {} }], [{ 'f:a': 1 }], [{ 'f:a': { b: {} } }]])(
  '%j is not fieldsV1',
  (fields) => {
    expect(fromFieldsV1(fields)).toBeUndefined();
  },
);

test('a set without members is empty, whatever its shape', () => {
  expect(isEmpty({ members: new Set(), children: new Map([['f:a', emptySet]]) })).toBe(true);
});

test('paths are shown as conflict messages show them', () => {
  const path = ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:args', 'v:"x"'];
  expect(pathText(path)).toBe('.spec.ports[port=80,protocol="TCP"].args[="x"]');
});
