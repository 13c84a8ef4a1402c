import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base64Problem } from './base64.ts';

test('what Node encodes is well formed, with line breaks anywhere', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(60), (bytes, at) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(base64Problem(text)).toBeUndefined();
      expect(base64Problem(`${text.slice(0, at)}\n${text.slice(at)}`)).toBeUndefined();
    }),
  );
});

test.each([
  ['no!', 2],
  ['YQ', 0],
  ['YWJjZA', 4],
  ['YQ=', 3],
  ['=', 0],
  ['Y=', 1],
  ['YWI=x', 4],
  ['YQ=x', 2],
  ['YQ==\nx', 5],
  ['YW Jj', 2],
])('%j is illegal at byte %i', (text, at) => {
  expect(base64Problem(text)).toBe(`illegal base64 data at input byte ${at}`);
});
