import type { Endpoint } from './endpoint.ts';

/** Chooses endpoints by their weighted scores. */
export interface Picker {
  /** The chosen endpoints, best first; at least one when there is any. `scores` is parallel to `endpoints`. */
  pick(endpoints: readonly Endpoint[], scores: Float64Array): readonly Endpoint[];
}
