import type { Endpoint } from './endpoint.ts';
import type { InferenceRequest } from './request.ts';

/** Says which endpoints may serve a request at all. */
export interface Filter {
  /** Returns the survivors in their order; the same array when all survive. */
  filter(request: InferenceRequest, endpoints: readonly Endpoint[]): readonly Endpoint[];
}
