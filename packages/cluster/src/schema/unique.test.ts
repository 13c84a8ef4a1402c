import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areDistinct } from './unique.ts';

const part = fc.constantFrom<unknown>('1', 1, '', ' ', 'string 1 ', true, null, [], undefined);

test('what is called distinct differs as JSON, by one key or by two', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ a: part, b: part })),
      fc.constantFrom(['a'], ['a', 'b']),
      (items, keys) => {
        const texts = items.map((item) => JSON.stringify(keys.map((key) => [item[key as 'a' | 'b']])));
        if (areDistinct(items, keys)) expect(new Set(texts).size).toBe(items.length);
      },
    ),
  );
});

test('usual keys need no closer look', () => {
  expect(areDistinct([{ name: 'a' }, { name: 'b' }, {}], ['name'])).toBe(true);
  const ports = [
    { port: 80, protocol: 'TCP' },
    { port: 80, protocol: 'UDP' },
  ];
  expect(areDistinct(ports, ['port', 'protocol'])).toBe(true);
  expect(areDistinct([{ name: 'a' }, { name: 'a' }], ['name'])).toBe(false);
});
