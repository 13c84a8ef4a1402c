import type { Endpoint } from './endpoint.ts';
import type { InferenceRequest } from './request.ts';

/** How a request ended: whole, or why not. */
export type EndCause = 'natural' | 'client-disconnect' | 'error' | 'evicted';

/** Hears how a request that was sent goes on. `target` is the endpoint that serves it. */
export interface ResponseProcessor {
  /** Another endpoint serves than was picked: the first one could not be reached. */
  onRetarget?(request: InferenceRequest, from: Endpoint, to: Endpoint): void;
  /** Exactly once for every request that `preRequest` saw. */
  onEnd?(request: InferenceRequest, target: Endpoint, cause: EndCause): void;
}
