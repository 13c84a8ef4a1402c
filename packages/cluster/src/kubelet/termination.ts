import type { Container } from '@weir/api/workloads';
import type { RunningContainer } from '../runtime/index.ts';
import { runHook } from './hooks.ts';
import type { ProbeTarget } from './probes/contracts.ts';

/** After preStop has used up the grace, the process still gets this long to end by itself. */
const minTermMs = 2000;

/** Ends one running container: preStop, then SIGTERM, and SIGKILL to all of it when the grace is over. */
export class Termination {
  readonly #running: RunningContainer;
  #killTimer: NodeJS.Timeout | undefined;
  #killAtMs = Number.POSITIVE_INFINITY;
  #hasExited = false;

  constructor(running: RunningContainer) {
    this.#running = running;
    void running.exited.then(() => {
      this.#hasExited = true;
      clearTimeout(this.#killTimer);
    });
  }

  /** Carries it out; resolves when the container has been told to end. */
  async start(
    container: Container,
    target: ProbeTarget,
    options: { readonly graceMs: number; readonly onHookFailure: (message: string) => void },
  ): Promise<void> {
    const { preStop, stopSignal } = container.lifecycle ?? {};
    const startedAtMs = performance.now();
    this.limit(options.graceMs + (preStop === undefined ? 0 : minTermMs));
    if (preStop !== undefined) {
      const result = await Promise.race([runHook(preStop, target, options.graceMs), this.#running.exited]);
      if (this.#hasExited) return;
      if ('isSuccess' in result && !result.isSuccess) options.onHookFailure(result.message);
      const leftMs = options.graceMs - (performance.now() - startedAtMs);
      this.limit(Math.max(leftMs, minTermMs));
    }
    this.#running.signal((stopSignal as NodeJS.Signals | undefined) ?? 'SIGTERM');
  }

  /** Kills after this time at the latest; never lengthens what was agreed before. */
  limit(graceMs: number): void {
    const killAtMs = performance.now() + graceMs;
    if (killAtMs < this.#killAtMs) this.#killAt(killAtMs);
  }

  #killAt(atMs: number): void {
    if (this.#hasExited) return;
    this.#killAtMs = atMs;
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.#running.kill(), Math.max(0, atMs - performance.now()));
  }
}
