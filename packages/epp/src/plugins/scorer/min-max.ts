import type { Endpoint } from '../../framework/endpoint.ts';

/** Writes 1 for the smallest value, 0 for the largest and linear in between; 1 everywhere when all are equal. */
export function scoreLowerIsBetter(
  endpoints: readonly Endpoint[],
  out: Float64Array,
  metricOf: (endpoint: Endpoint) => number,
): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < endpoints.length; i++) {
    const value = metricOf(endpoints[i] as Endpoint);
    out[i] = value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const range = max - min;
  for (let i = 0; i < endpoints.length; i++) out[i] = range > 0 ? (max - (out[i] ?? 0)) / range : 1;
}
