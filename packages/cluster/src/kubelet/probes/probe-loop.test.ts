import { expect, test } from 'vitest';
import { startProbeLoop } from './probe-loop.ts';

/** Plays the answers, one each period of 1 ms, and tells the verdicts in order. */
async function play(
  answers: readonly boolean[],
  thresholds: { readonly successThreshold?: number; readonly failureThreshold?: number },
): Promise<{ verdicts: boolean[]; failures: number }> {
  const verdicts: boolean[] = [];
  let failures = 0;
  let asked = 0;
  await new Promise<void>((resolve) => {
    const loop = startProbeLoop(
      { periodSeconds: 0.001, ...thresholds },
      async () => {
        const isSuccess = answers[asked++];
        if (isSuccess === undefined) {
          loop.stop();
          resolve();
        }
        return { isSuccess: isSuccess ?? true, message: '' };
      },
      { onFailure: () => failures++, onVerdict: (isHealthy) => verdicts.push(isHealthy) },
    );
  });
  return { verdicts, failures };
}

test('reports changes only, when the thresholds are crossed', async () => {
  const answers = [true, false, false, true, false, false, false, false, true, true];
  expect(await play(answers, { failureThreshold: 3, successThreshold: 2 })).toEqual({
    verdicts: [false, true],
    failures: 6,
  });
  expect(await play(answers, { failureThreshold: 3 })).toEqual({
    verdicts: [true, false, true],
    failures: 6,
  });
});

test('a stopped loop asks no more and reports nothing', async () => {
  let asked = 0;
  const loop = startProbeLoop(
    { periodSeconds: 0.001 },
    async () => {
      asked++;
      loop.stop();
      return { isSuccess: false, message: '' };
    },
    {
      onFailure: () => {
        throw new Error('reported');
      },
      onVerdict: () => {
        throw new Error('judged');
      },
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toBe(1);
});
