import fc from 'fast-check';
import { expect, test } from 'vitest';
import { labelSelectorText, parseFieldSelector, parseLabelSelector } from './selectors.ts';

const labels = { app: 'web', tier: 'front', 'example.com/x': '5', empty: '' };

test.each([
  ['', true],
  ['app=web', true],
  ['app==web,tier=front', true],
  ['app!=web', false],
  ['other!=web', true],
  ['app in (api, web)', true],
  ['app notin (api)', true],
  ['other notin (a)', true],
  ['other in (a)', false],
  ['app', true],
  ['!app', false],
  ['!other', true],
  ['empty=', true],
  ['example.com/x>4', true],
  ['example.com/x<5', false],
  ['app>1', false],
  ['constructor', false],
  ['app in (web),tier notin (back),!other', true],
])('label selector %j matches: %s', (text, expected) => {
  expect(parseLabelSelector(text)(labels)).toBe(expected);
});

test.each(['a b', 'a=b c', '=x', 'a in b', 'a in (b', '-a=b', 'a,', 'a==b=c'])(
  'label selector %j is refused',
  (text) => {
    expect(() => parseLabelSelector(text)).toThrow('unable to parse requirement');
  },
);

test('objects without labels match only what they lack', () => {
  expect(parseLabelSelector('!app')(undefined)).toBe(true);
  expect(parseLabelSelector('app')(undefined)).toBe(false);
});

test('field selectors compare, negate and unescape', () => {
  const supported = ['metadata.name', 'status.phase'];
  const value = (path: string): string => ({ 'metadata.name': 'a,b', 'status.phase': 'Running' })[path] ?? '';
  expect(parseFieldSelector('', supported)(value)).toBe(true);
  expect(parseFieldSelector('metadata.name=a\\,b,status.phase!=Failed', supported)(value)).toBe(true);
  expect(parseFieldSelector('status.phase==Pending', supported)(value)).toBe(false);
  expect(() => parseFieldSelector('spec.x=1', supported)).toThrow('field label not supported: spec.x');
  expect(() => parseFieldSelector('status.phase', supported)).toThrow('is not KEY=VALUE');
});

test('the text of a LabelSelector selects what the selector selects', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const value = fc.constantFrom('1', '2', '3');
  const expression = fc.record({
    key: name,
    operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
    values: fc.uniqueArray(value, { minLength: 1, maxLength: 2 }),
  });
  const selector = fc.record({
    matchLabels: fc.dictionary(name, value),
    matchExpressions: fc.array(expression, { maxLength: 3 }),
  });
  fc.assert(
    fc.property(selector, fc.dictionary(name, value), (wanted, have) => {
      const equal = Object.entries(wanted.matchLabels).every(([key, one]) => have[key] === one);
      const all = wanted.matchExpressions.every(({ key, operator, values }) => {
        const found = have[key];
        if (operator === 'Exists') return found !== undefined;
        if (operator === 'DoesNotExist') return found === undefined;
        return (found !== undefined && values.includes(found)) === (operator === 'In');
      });
      expect(parseLabelSelector(labelSelectorText(wanted))(have)).toBe(equal && all);
    }),
  );
});
