import type { Endpoint } from '../framework/endpoint.ts';
import type { Filter } from '../framework/filter.ts';
import type { Picker } from '../framework/picker.ts';
import type { InferenceRequest } from '../framework/request.ts';
import type { Scorer } from '../framework/scorer.ts';
import type { ProfileExplanation } from './explanation.ts';

export interface SchedulerProfile {
  readonly name: string;
  readonly filters: readonly { readonly name: string; readonly plugin: Filter }[];
  readonly scorers: readonly { readonly name: string; readonly weight: number; readonly plugin: Scorer }[];
  readonly picker: { readonly name: string; readonly plugin: Picker };
}

export interface ProfileOutcome {
  /** Best first; empty when the filters left nothing. */
  readonly targets: readonly Endpoint[];
  /** What the filters left, in the order of the candidates. */
  readonly survivors: readonly Endpoint[];
  /** Weighted sums, parallel to `survivors`. Valid until the profile runs again. */
  readonly totals: Float64Array;
  readonly explanation: ProfileExplanation | null;
}

/** Runs one profile: filters, weighted scores, picker. */
export type RunProfile = (
  request: InferenceRequest,
  candidates: readonly Endpoint[],
  explain: boolean,
) => ProfileOutcome;

/** Turns a profile into one function with its own scratch arrays, so that a run allocates next to nothing. */
export function compileProfile(profile: SchedulerProfile): RunProfile {
  let scores = new Float64Array(16);
  let totals = new Float64Array(16);
  return (request, candidates, explain) => {
    const notes = explain ? createNotes(profile.name) : null;
    const survivors = applyFilters(profile, request, candidates, notes);
    const n = survivors.length;
    if (n > scores.length) {
      scores = new Float64Array(n * 2);
      totals = new Float64Array(n * 2);
    }
    totals.fill(0, 0, n);
    for (const { name, weight, plugin } of profile.scorers) {
      plugin.score(request, survivors, scores);
      addWeighted(scores, weight, totals, n);
      notes?.scorers.push({ name, weight, scores: [...scores.subarray(0, n)].map(clamp) });
    }
    const targets = n === 0 ? [] : profile.picker.plugin.pick(survivors, totals);
    if (notes !== null) {
      notes.survivors = survivors.map(addressOf);
      notes.totals = [...totals.subarray(0, n)];
      notes.picked = targets.map(addressOf);
    }
    return { targets, survivors, totals, explanation: notes };
  };
}

interface Notes {
  readonly profile: string;
  readonly filters: { readonly name: string; readonly survivors: readonly string[] }[];
  readonly scorers: { readonly name: string; readonly weight: number; readonly scores: readonly number[] }[];
  survivors: readonly string[];
  totals: readonly number[];
  picked: readonly string[];
}

function createNotes(profile: string): Notes {
  return { profile, filters: [], scorers: [], survivors: [], totals: [], picked: [] };
}

function applyFilters(
  profile: SchedulerProfile,
  request: InferenceRequest,
  candidates: readonly Endpoint[],
  notes: Notes | null,
): readonly Endpoint[] {
  let survivors = candidates;
  for (const { name, plugin } of profile.filters) {
    if (survivors.length === 0) break;
    survivors = plugin.filter(request, survivors);
    notes?.filters.push({ name, survivors: survivors.map(addressOf) });
  }
  return survivors;
}

function addWeighted(scores: Float64Array, weight: number, totals: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) totals[i] = (totals[i] ?? 0) + clamp(scores[i] ?? 0) * weight;
}

/** Not a number counts as the worst score. */
function clamp(score: number): number {
  return score > 0 ? (score < 1 ? score : 1) : 0;
}

function addressOf(endpoint: Endpoint): string {
  return endpoint.metadata.hostPort;
}
