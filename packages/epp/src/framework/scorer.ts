import type { Endpoint } from './endpoint.ts';
import type { InferenceRequest } from './request.ts';

/** What a score rewards: going where state is (`Affinity`), spreading load (`Distribution`), or a mix (`Balance`). */
export type ScorerCategory = 'Affinity' | 'Distribution' | 'Balance';

/** Says how well each endpoint suits a request. */
export interface Scorer {
  /** Writes one score per endpoint, 0 (worst) to 1 (best), into `out`, which is parallel to `endpoints`. */
  score(request: InferenceRequest, endpoints: readonly Endpoint[], out: Float64Array): void;
}
