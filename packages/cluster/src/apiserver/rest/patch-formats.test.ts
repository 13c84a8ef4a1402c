import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyPatch } from './patch-formats.ts';

test('a merge patch merges objects, replaces lists and removes nulls, and changes no input', () => {
  const base = { a: { b: 1, c: 2 }, list: [1, 2], gone: true };
  const patch = { a: { b: null, d: { e: null } }, list: [3], gone: null };
  expect(applyPatch('merge', base, patch, undefined)).toEqual({ a: { c: 2, d: {} }, list: [3] });
  expect(base).toEqual({ a: { b: 1, c: 2 }, list: [1, 2], gone: true });
});

test('the key __proto__ is a key like any other', () => {
  const patched = applyPatch('merge', {}, JSON.parse('{"__proto__":{"polluted":1}}'), undefined) as object;
  expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
  expect(Object.hasOwn(patched, '__proto__')).toBe(true);
});

test('applying the same merge patch twice gives the same as once', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const object = fc.dictionary(fc.string(), value);
  fc.assert(
    fc.property(object, object, (base, patch) => {
      const once = applyPatch('merge', base, patch, undefined);
      expect(applyPatch('merge', once, patch, undefined)).toEqual(once);
    }),
  );
});

test.each([
  [[{ op: 'test', path: '/a', value: 2 }], 'Test operation failed'],
  [[{ op: 'remove', path: '/none' }], 'does not exist'],
  [[{ op: 'move', path: '/b' }], 'from'],
  [{ a: 1 }, 'not a list of operations'],
  [Array.from({ length: 10_001 }, () => ({})), 'maximum operations'],
])('a JSON patch that cannot be applied is refused', (patch, text) => {
  expect(() => applyPatch('json', { a: 1 }, patch, undefined)).toThrow(text);
});

test('a JSON patch changes a copy', () => {
  const base = { a: [1] };
  expect(applyPatch('json', base, [{ op: 'add', path: '/a/-', value: 2 }], undefined)).toEqual({ a: [1, 2] });
  expect(base).toEqual({ a: [1] });
});
