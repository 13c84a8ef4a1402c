import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Default 120,000: what takes a second on a quiet machine takes long on one that is busy with other things. */
  readonly timeoutMs?: number;
  /** Default 50. */
  readonly everyMs?: number;
  /** A program whose log tells why it never came to that. */
  readonly program?: { readonly logFile: string };
}

const defaultTimeoutMs = 120_000;

/** Asks again and again until `check` gives something truthy; fails after the time with the last error and the log. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { timeoutMs = defaultTimeoutMs, everyMs = 50, program }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const value = await check();
      if (value !== undefined && value !== null && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  } while (performance.now() < deadline);
  const reason = last === undefined ? '' : `: ${last instanceof Error ? last.message : String(last)}`;
  const log = program === undefined ? '' : `\n${tailOf(program.logFile)}`;
  throw new Error(`timed out waiting for ${what}${reason}${log}`, { cause: last });
}

/** Makes the assertions again and again until they hold together; fails after the time with what did not hold. */
export async function untilHolds(
  assertions: () => unknown,
  { timeoutMs = defaultTimeoutMs, everyMs = 100 }: Omit<Patience, 'program'> = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      await assertions();
      return;
    } catch (error) {
      if (performance.now() >= deadline) throw error;
    }
    await sleep(everyMs);
  }
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
