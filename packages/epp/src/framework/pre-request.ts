import type { Endpoint } from './endpoint.ts';
import type { ProfileResults } from './profile-handler.ts';
import type { InferenceRequest } from './request.ts';

/** What scheduling came to. */
export interface SchedulingResult {
  readonly primaryProfile: string;
  /** Never empty. */
  readonly targets: readonly Endpoint[];
  readonly profiles: ProfileResults;
}

/** Acts on the choice just before the request leaves: counts, remembers, sets headers. */
export interface PreRequest {
  preRequest(request: InferenceRequest, result: SchedulingResult, headers: Record<string, string>): void;
}
