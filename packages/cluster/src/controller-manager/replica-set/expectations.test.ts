import { expect, test } from 'vitest';
import { Expectations } from './expectations.ts';

test('a key is held back until every creation and deletion was seen', () => {
  const expectations = new Expectations(() => 0);
  expect(expectations.isSatisfied('a')).toBe(true);
  expectations.expectCreations('a', 2);
  expectations.creationObserved('a');
  expect(expectations.isSatisfied('a')).toBe(false);
  expectations.creationObserved('a');
  expect(expectations.isSatisfied('a')).toBe(true);
  expectations.expectDeletions('a', ['x', 'y']);
  expectations.deletionObserved('a', 'x');
  expectations.deletionObserved('a', 'x');
  expect(expectations.isSatisfied('a')).toBe(false);
  expectations.deletionObserved('a', 'y');
  expect(expectations.isSatisfied('a')).toBe(true);
});

test('a change that is never seen holds nothing back for ever', () => {
  let now = 0;
  const expectations = new Expectations(() => now);
  expectations.expectCreations('a', 1);
  now = 5 * 60_000 + 1;
  expect(expectations.isSatisfied('a')).toBe(true);
});
