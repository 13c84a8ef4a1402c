import type { Logger } from '@weir/core/log';
import type { EngineMetrics } from './metrics.ts';
import type { GenerationDefaults } from './model/generation-defaults.ts';
import type { Model } from './model/model.ts';
import type { EngineOptions } from './options/engine-options.ts';
import type { Scheduler } from './scheduler/scheduler.ts';

/** The parts of a running engine, as request handlers see them. */
export interface Engine {
  readonly model: Model;
  readonly scheduler: Scheduler;
  readonly metrics: EngineMetrics;
  readonly options: EngineOptions;
  readonly log: Logger;
  /** Names requests may use; never empty. The first is echoed. */
  readonly servedNames: readonly [string, ...string[]];
  /** Where the weights came from, for the model list. */
  readonly root: string;
  /** Most tokens of prompt and output together. */
  readonly maxModelLen: number;
  readonly defaults: GenerationDefaults;
  /** URI used in place of the one asked for, or null. */
  readonly substituted: string | null;
  readonly startedAtSeconds: number;
  /** Seeds for requests that bring none. */
  readonly nextSeed: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}
