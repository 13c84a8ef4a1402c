/** Entries of the largest list or map in the value, or more than `limit`: counting stops there. */
export function largestCollection(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  let largest = inner.length;
  for (const one of inner) {
    if (largest > limit) break;
    largest = Math.max(largest, largestCollection(one, limit));
  }
  return largest;
}
