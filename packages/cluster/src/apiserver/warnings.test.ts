import { expect, test } from 'vitest';
import { withWarnings } from './warnings.ts';

function warned(...texts: string[]): readonly string[] {
  const response = withWarnings({ status: 200, headers: {}, body: '' }, texts);
  const { warning = [] } = response.headers;
  return [warning].flat().map((header) => Buffer.from(header, 'latin1').toString('utf8'));
}

test('warnings keep the letters of every language and lose what would end a header', () => {
  expect(warned('no effect — say "x"', 'löst\r\nnichts\u0085aus')).toEqual([
    '299 - "no effect — say \\"x\\""',
    '299 - "löst  nichts aus"',
  ]);
});

test('a text is said once, an empty one not at all', () => {
  expect(warned('a', '', 'a')).toEqual(['299 - "a"']);
});
