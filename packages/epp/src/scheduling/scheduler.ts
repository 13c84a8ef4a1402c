import type { Endpoint } from '../framework/endpoint.ts';
import type { SchedulingResult } from '../framework/pre-request.ts';
import type { ProfileHandler, ProfileResult } from '../framework/profile-handler.ts';
import type { InferenceRequest } from '../framework/request.ts';
import type { Explanation, ProfileExplanation } from './explanation.ts';
import type { ProfileOutcome, RunProfile } from './profile.ts';

export interface Schedule {
  /** Null when the primary profile found no endpoint. */
  readonly result: SchedulingResult | null;
  /** The best survivors of the primary profile after its targets. */
  readonly fallbacks: readonly Endpoint[];
  readonly explanation: Explanation | null;
}

export type Scheduler = (
  request: InferenceRequest,
  candidates: readonly Endpoint[],
  explain: boolean,
) => Schedule;

/** How many endpoints a proxy may try after the target. */
const maxFallbacks = 3;

/** Runs the profiles that the handler asks for until it asks for none. Synchronous; nothing else runs in between. */
export function createScheduler(
  handler: ProfileHandler,
  profiles: ReadonlyMap<string, RunProfile>,
): Scheduler {
  const names = [...profiles.keys()];
  return (request, candidates, explain) => {
    const results = new Map<string, ProfileResult | null>();
    const outcomes = new Map<string, ProfileOutcome>();
    const notes: ProfileExplanation[] = [];
    const pickNext = () => handler.pickProfiles(request, names, results).filter((name) => !results.has(name));
    for (let next = pickNext(); next.length > 0; next = pickNext()) {
      for (const name of next) {
        const outcome = profiles.get(name)?.(request, candidates, explain);
        const isFound = outcome !== undefined && outcome.targets.length > 0;
        results.set(name, isFound ? { targets: outcome.targets } : null);
        if (outcome === undefined) continue;
        outcomes.set(name, outcome);
        if (outcome.explanation !== null) notes.push(outcome.explanation);
      }
    }
    const primaryProfile = handler.primaryProfile(request, results);
    const targets = results.get(primaryProfile)?.targets ?? [];
    return {
      result: targets.length === 0 ? null : { primaryProfile, targets, profiles: results },
      fallbacks: nextBest(outcomes.get(primaryProfile)),
      explanation: explain
        ? { candidates: candidates.map((endpoint) => endpoint.metadata.hostPort), profiles: notes }
        : null,
    };
  };
}

/** The targets after the first, then the highest totals among the others. */
function nextBest(outcome: ProfileOutcome | undefined): Endpoint[] {
  if (outcome === undefined) return [];
  const { survivors, targets, totals } = outcome;
  const chosen = targets.slice(1, 1 + maxFallbacks);
  while (chosen.length < Math.min(maxFallbacks, survivors.length - 1)) {
    let best: Endpoint | undefined;
    let highest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < survivors.length; i++) {
      const endpoint = survivors[i];
      const total = totals[i] ?? 0;
      if (endpoint === undefined || total <= highest) continue;
      if (endpoint === targets[0] || chosen.includes(endpoint)) continue;
      best = endpoint;
      highest = total;
    }
    if (best === undefined) break;
    chosen.push(best);
  }
  return chosen;
}
