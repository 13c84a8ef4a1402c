import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateTinyRandom } from '../gguf/tiny-random.ts';
import type { Llama, NativeContext, NativeSampler } from './addon.ts';

/**
 * Runs the calls the engine lives on against the built-in model: tokenise, batch two sequences, sample greedily, trim,
 * repeat. Throws when the addon answers otherwise than this engine expects; takes some tens of milliseconds.
 */
export async function selfTest(llama: Llama): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'weir-self-test-'));
  try {
    const file = path.join(directory, 'tiny-random.gguf');
    await generateTinyRandom(file);
    const model = await llama.loadModel(file);
    const context = await llama.createContext(model, {
      contextSize: 512,
      batchSize: 32,
      sequences: 2,
      threads: 1,
    });
    const sampler = llama.createSampler(model);
    sampler.applyConfig({ temperature: 0 });
    await check(context, sampler, model.tokenize('self-test', true));
    sampler.dispose();
    await context.dispose();
    await model.dispose();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function check(context: NativeContext, sampler: NativeSampler, prompt: Uint32Array): Promise<void> {
  const [first, second] = await generate(context, sampler, prompt, 0);
  if (!isEqual(first, second)) throw broken('two sequences of one batch differ', first, second);
  // Keeps half the prompt in sequence 0: the rest must be recomputed to the same end.
  const kept = Math.floor(prompt.length / 2);
  for (const sequence of [0, 1]) {
    if (!context.removeTokenCellsFromSequence(sequence, kept, -1))
      throw broken('a sequence cannot be trimmed', [], []);
  }
  const [again] = await generate(context, sampler, prompt, kept);
  if (!isEqual(first, again)) throw broken('a reused prefix changes the output', first, again);
}

const steps = 8;

async function generate(
  context: NativeContext,
  sampler: NativeSampler,
  prompt: Uint32Array,
  from: number,
): Promise<[number[], number[]]> {
  const outputs: [number[], number[]] = [[], []];
  let position = from;
  let next: [Uint32Array, Uint32Array] = [prompt.subarray(from), prompt.subarray(from)];
  for (let i = 0; i < steps; i++) {
    const length = next[0].length;
    context.initBatch(2 * length);
    const last = Uint32Array.of(length - 1);
    const indexes = next.map(
      (tokens, sequence) => context.addToBatch(sequence, position, tokens, last)[0] ?? -1,
    );
    await context.decodeBatch();
    for (const sequence of [0, 1] as const) {
      outputs[sequence].push(await context.sampleToken(indexes[sequence] ?? -1, sampler));
    }
    position += length;
    next = [Uint32Array.of(outputs[0].at(-1) ?? 0), Uint32Array.of(outputs[1].at(-1) ?? 0)];
  }
  return outputs;
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((token, i) => token === b[i]);
}

function broken(what: string, expected: readonly number[], found: readonly number[]): Error {
  return new Error(
    `the self-test of the llama.cpp addon failed: ${what} (${expected.join(' ')} / ${found.join(' ')}) — reinstall the packages at the locked versions`,
  );
}
