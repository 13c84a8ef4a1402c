import type { Endpoint } from '../framework/endpoint.ts';
import type { Plugin } from '../framework/plugin.ts';
import type { InferenceRequest } from '../framework/request.ts';

/** The scores that a scorer gives to the endpoints. */
export function scoresOf(
  plugin: Plugin,
  request: InferenceRequest,
  endpoints: readonly Endpoint[],
): number[] {
  const out = new Float64Array(endpoints.length);
  plugin.score?.(request, endpoints, out);
  return [...out];
}
