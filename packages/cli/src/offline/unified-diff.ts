interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

const contextLines = 3;
/** Beyond this many line pairs the middle is shown as replaced: nobody reads such a diff line by line. */
const maxPairs = 4_000_000;

/** A unified diff of two texts with the usual three lines of context; empty when they are equal. */
export function unifiedDiff(before: string, after: string, label: string): string {
  if (before === after) return '';
  const edits = editsOf(toLines(before), toLines(after));
  const hunks = hunksOf(edits);
  return `--- live/${label}\n+++ file/${label}\n${hunks.join('')}`;
}

function toLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => ({ sign: ' ', line }));
  return [
    ...same(before.slice(0, start)),
    ...middleEdits(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
}

/** By the longest common subsequence of lines. */
function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const removed = before.map((line): Edit => ({ sign: '-', line }));
  const added = after.map((line): Edit => ({ sign: '+', line }));
  if (before.length * after.length > maxPairs) return [...removed, ...added];
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const down = lengths[(i + 1) * width + j] ?? 0;
      const right = lengths[i * width + j + 1] ?? 0;
      const both = (lengths[(i + 1) * width + j + 1] ?? 0) + 1;
      lengths[i * width + j] = before[i] === after[j] ? both : Math.max(down, right);
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length && j < after.length) {
    const line = before[i] ?? '';
    if (line === after[j]) {
      edits.push({ sign: ' ', line });
      i++;
      j++;
    } else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) {
      edits.push({ sign: '-', line });
      i++;
    } else {
      edits.push({ sign: '+', line: after[j] ?? '' });
      j++;
    }
  }
  return [...edits, ...removed.slice(i), ...added.slice(j)];
}

function hunksOf(edits: readonly Edit[]): string[] {
  const changed = edits.flatMap(({ sign }, i) => (sign === ' ' ? [] : [i]));
  const ranges: [number, number][] = [];
  for (const i of changed) {
    const last = ranges.at(-1);
    const end = Math.min(edits.length, i + contextLines + 1);
    if (last !== undefined && i - contextLines <= last[1]) last[1] = end;
    else ranges.push([Math.max(0, i - contextLines), end]);
  }
  return ranges.map(([from, to]) => hunkText(edits, from, to));
}

function hunkText(edits: readonly Edit[], from: number, to: number): string {
  const count = (list: readonly Edit[], sign: Edit['sign']): number =>
    list.filter((edit) => edit.sign === ' ' || edit.sign === sign).length;
  const hunk = edits.slice(from, to);
  const before = edits.slice(0, from);
  const range = (sign: '-' | '+'): string => {
    const length = count(hunk, sign);
    return `${sign}${count(before, sign) + (length === 0 ? 0 : 1)},${length}`;
  };
  return `@@ ${range('-')} ${range('+')} @@\n${hunk.map(({ sign, line }) => `${sign}${line}\n`).join('')}`;
}
