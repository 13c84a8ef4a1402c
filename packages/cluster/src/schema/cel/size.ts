/** Entries of the largest list or map in the value, or more than `limit`: counting stops there. */
export function largestCollection(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Array.isArray(value) ? value : Object.values(value);
  let largest = inner.length;
  for (let i = 0; i < inner.length && largest <= limit; i++) {
    const one: unknown = inner[i];
    if (typeof one === 'object') largest = Math.max(largest, largestCollection(one, limit));
  }
  return largest;
}
