/** Histogram buckets, in seconds unless named otherwise, as llm-d's dashboards expect them. */

export const latencyBuckets: readonly number[] = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60, 120,
  180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600,
];
export const schedulingBuckets: readonly number[] = [
  0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1,
];
export const processingBuckets: readonly number[] = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];
/** 64 bytes to 1 GiB. */
export const requestSizeBuckets: readonly number[] = Array.from({ length: 25 }, (_, k) => 64 * 2 ** k);
