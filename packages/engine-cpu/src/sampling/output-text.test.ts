import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Model } from '../model/model.ts';
import { OutputText } from './output-text.ts';
import type { SamplingParams } from './params.ts';

/** Every token is one byte of UTF-8. */
const bytesModel = {
  detokenize: (tokens: readonly number[]) => new TextDecoder().decode(Uint8Array.from(tokens)),
} as unknown as Model;

function run(text: string, params: Partial<SamplingParams>): { pieces: string[]; stop: string | null } {
  const output = new OutputText(bytesModel, {
    stop: [],
    minTokens: 0,
    includeStopInOutput: false,
    skipSpecialTokens: true,
    ...params,
  } as SamplingParams);
  const pieces: string[] = [];
  for (const byte of new TextEncoder().encode(text)) {
    const step = output.push(byte);
    pieces.push(step.text);
    if (step.stop !== null) return { pieces, stop: step.stop };
  }
  return { pieces: [...pieces, output.end()], stop: null };
}

describe('OutputText', () => {
  it('never sends half a character', () => {
    const { pieces } = run('aé😀b', {});
    expect(pieces.join('')).toBe('aé😀b');
    expect(pieces.filter((piece) => piece !== '')).toEqual(['a', 'é', '😀', 'b']);
  });

  it('cuts at the first stop string and sends nothing of it', () => {
    expect(run('one two three', { stop: ['three', 'wo'] })).toMatchObject({ stop: 'wo' });
    expect(run('one two three', { stop: ['three', 'wo'] }).pieces.join('')).toBe('one t');
    expect(run('one two', { stop: ['wo'], includeStopInOutput: true }).pieces.join('')).toBe('one two');
  });

  it('looks for stop strings only after the minimum', () => {
    expect(run('ab ab', { stop: ['ab'], minTokens: 3 }).pieces.join('')).toBe('ab ');
  });

  it('gives the same text as cutting the whole afterwards', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'ß'), minLength: 1, maxLength: 3 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ß', '😀') });
    fc.assert(
      fc.property(text, fc.array(word, { maxLength: 3 }), (whole, stop) => {
        const { pieces, stop: found } = run(whole, { stop });
        const ends = stop.map((s) => ({ s, at: whole.indexOf(s) })).filter(({ at }) => at >= 0);
        const sent = pieces.join('');
        expect(whole.startsWith(sent)).toBe(true);
        expect(found === null).toBe(ends.length === 0);
        // Cut where the first stop string to be complete begins.
        if (found === null) expect(sent).toBe(whole);
        else expect(whole.startsWith(found, sent.length)).toBe(true);
        for (const s of stop) expect(sent.includes(s)).toBe(false);
      }),
    );
  });
});
