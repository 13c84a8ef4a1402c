import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonFault } from './json-fault.ts';

describe('findJsonFault', () => {
  it('finds nothing in valid JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.boolean(), (text, indent) => {
        const spelled = indent ? JSON.stringify(JSON.parse(text), null, 2) : text;
        expect(findJsonFault(spelled)).toBeNull();
      }),
    );
  });

  it('agrees with JSON.parse on damaged JSON', () => {
    const damaged = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '0', '-', 'x', ' ', '\n'),
    );
    fc.assert(
      fc.property(damaged, ([text, at, character]) => {
        const cut = at % (text.length + 1);
        const edited = text.slice(0, cut) + character + text.slice(cut + 1);
        expect(findJsonFault(edited) === null).toBe(isJson(edited));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['{"a": [}', 7, 'expected a value or "]", found "}"'],
    ['{"a":1,}', 7, 'expected a member name in double quotes, found "}"'],
    ['{a:1}', 1, 'expected a member name in double quotes or "}", found "a"'],
    ['{"a" 1}', 5, 'expected ":", found "1"'],
    ['{"a":1} x', 8, 'expected the end of the text, found "x"'],
    ['{"a":', 5, 'expected a value, found the end of the text'],
    ['{"a":"b', 7, 'a string is not closed'],
    ['"\\q"', 2, '"q" is not allowed in a string here'],
    ['', 0, 'expected a value, found the end of the text'],
    ['[01]', 1, 'expected a value or "]", found "0"'],
  ])('says where and why: %s', (text, position, reason) => {
    expect(findJsonFault(text)).toEqual({ position, reason });
  });

  it('survives deep nesting and long strings', () => {
    expect(findJsonFault('['.repeat(1_000_000))?.position).toBe(1_000_000);
    expect(findJsonFault(`"${'x'.repeat(1_000_000)}`)?.position).toBe(1_000_001);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
