import type { Endpoint } from './endpoint.ts';
import type { InferenceRequest } from './request.ts';

/** What one scheduling profile chose; null when no endpoint was left. */
export interface ProfileResult {
  /** Best first. */
  readonly targets: readonly Endpoint[];
}

export type ProfileResults = ReadonlyMap<string, ProfileResult | null>;

/** Decides which profiles run for a request, and which one's result is the destination. */
export interface ProfileHandler {
  /** Names of the profiles to run next; empty when done. Called again with the results so far. */
  pickProfiles(
    request: InferenceRequest,
    profiles: readonly string[],
    results: ProfileResults,
  ): readonly string[];
  /** The profile whose targets the request goes to. */
  primaryProfile(request: InferenceRequest, results: ProfileResults): string;
}
