import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}`);
const text = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');

test('a changed line stands between three lines of context', () => {
  const before = lines(1, 9);
  expect(unifiedDiff(text(before), text(before.with(4, 'new')), 'x')).toBe(
    '--- live/x\n+++ file/x\n@@ -2,7 +2,7 @@\n line 2\n line 3\n line 4\n-line 5\n+new\n line 6\n line 7\n line 8\n',
  );
});

test('changes far apart come in hunks of their own', () => {
  const before = lines(1, 20);
  const diff = unifiedDiff(text(before), text(before.with(1, 'a').with(17, 'b')), 'x');
  expect(diff.match(/^@@.*@@$/gm)).toEqual(['@@ -1,5 +1,5 @@', '@@ -15,6 +15,6 @@']);
});

test('a new text is all additions, an equal one no diff at all', () => {
  expect(unifiedDiff('', 'a\nb\n', 'x')).toBe('--- live/x\n+++ file/x\n@@ -0,0 +1,2 @@\n+a\n+b\n');
  expect(unifiedDiff('a\n', 'a\n', 'x')).toBe('');
});

test('every line of both texts is in a diff of few lines, on its side', () => {
  const short = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 });
  fc.assert(
    fc.property(short, short, (before, after) => {
      const body = unifiedDiff(text(before), text(after), 'x').split('\n').slice(2);
      const side = (signs: string): string[] =>
        body.filter((line) => line !== '' && signs.includes(line.charAt(0))).map((line) => line.slice(1));
      if (text(before) === text(after)) return body.length === 0;
      return text(side(' -')) === text(before) && text(side(' +')) === text(after);
    }),
  );
});
