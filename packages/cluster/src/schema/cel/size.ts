/** Entries of the largest list or map in the value, or more than `limit`: counting stops there. */
export function largestCollection(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Array.isArray(value) ? largestInList(value, limit) : largestInObject(value, limit);
}

function largestInList(list: readonly unknown[], limit: number): number {
  let largest = list.length;
  for (let i = 0; i < list.length && largest <= limit; i++) {
    largest = Math.max(largest, largestCollection(list[i], limit));
  }
  return largest;
}

function largestInObject(object: object, limit: number): number {
  let entries = 0;
  let largest = 0;
  for (const key in object) {
    entries++;
    const inner: unknown = object[key as keyof typeof object];
    if (largest <= limit) largest = Math.max(largest, largestCollection(inner, limit));
  }
  return Math.max(largest, entries);
}
