import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isContainedIn } from './is-contained-in.ts';

test('fields that a server adds do not matter, changed and missing ones do', () => {
  expect(isContainedIn({ a: { b: 1 } }, { a: { b: 1, c: 2 }, d: 3 })).toBe(true);
  expect(isContainedIn({ a: { b: 1 } }, { a: { b: 2 } })).toBe(false);
  expect(isContainedIn({ a: {} }, {})).toBe(true);
  expect(isContainedIn({ a: 'x' }, {})).toBe(false);
});

test('lists must have the same items in the same order, each with what is wanted', () => {
  expect(isContainedIn([{ name: 'a' }], [{ name: 'a', protocol: 'TCP' }])).toBe(true);
  expect(isContainedIn([{ name: 'a' }], [{ name: 'a' }, { name: 'b' }])).toBe(false);
  expect(isContainedIn(['x', 'y'], ['y', 'x'])).toBe(false);
});

test('quantities count by value', () => {
  expect(isContainedIn({ cpu: '1000m', memory: '1Gi' }, { cpu: '1', memory: '1073741824' })).toBe(true);
  expect(isContainedIn({ cpu: '100m' }, { cpu: '1' })).toBe(false);
});

test('every value contains itself', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => isContainedIn(value, structuredClone(value))));
});
