import { describe, expect, it } from 'vitest';
import { engineClient } from '../testing/engine-client.ts';
import { runTestEngine } from '../testing/run-test-engine.ts';
import { type Llama, loadLlama } from './addon.ts';
import { selfTest } from './self-test.ts';

const llama = await loadLlama(() => {});

/** The addon with one call of its contexts replaced. */
function broken(call: string, replacement: (...args: never[]) => unknown): Llama {
  return {
    ...llama,
    createContext: async (model, options) => {
      const context = await llama.createContext(model, options);
      return new Proxy(context, {
        get: (target, name) => {
          if (name === call) return replacement;
          const member: unknown = Reflect.get(target, name);
          return typeof member === 'function' ? member.bind(target) : member;
        },
      });
    },
  };
}

describe('the self-test', () => {
  it('passes with the pinned addon', async () => {
    await selfTest(llama);
  });

  it('finds an addon that cannot trim or that answers differently each time', async () => {
    await expect(selfTest(broken('removeTokenCellsFromSequence', () => false))).rejects.toThrow(
      'cannot be trimmed',
    );
    let token = 10;
    await expect(selfTest(broken('sampleToken', async () => token++))).rejects.toThrow(
      'two sequences of one batch differ',
    );
    await expect(selfTest(broken('addToBatch', () => Uint32Array.of(999)))).rejects.toThrow();
  });
});

describe('the built-in model', () => {
  it('gives the tokens it always gave', async () => {
    const engine = await runTestEngine();
    const { choices } = await engineClient(engine).complete({
      prompt: 'golden',
      temperature: 0,
      max_tokens: 8,
      ignore_eos: true,
      return_token_ids: true,
    });
    await engine.stop();
    expect(choices[0]?.token_ids).toMatchInlineSnapshot(`
      [
        275,
        365,
        357,
        317,
        289,
        344,
        338,
        295,
      ]
    `);
  });
});
