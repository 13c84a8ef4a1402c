import type { Endpoint } from './endpoint.ts';
import type { InferenceRequest } from './request.ts';

/** Computes request-scoped data before scheduling. */
export interface DataProducer {
  /** `slots` is above every endpoint's slot: the length of arrays kept per endpoint. */
  produce(request: InferenceRequest, endpoints: readonly Endpoint[], slots: number): void;
}
