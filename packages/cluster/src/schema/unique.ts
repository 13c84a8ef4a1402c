import { isJsonObject, own } from './structural.ts';

/**
 * True when the keys of the items surely differ: the common case, decided without writing them as text. Keys that are
 * objects are left to a closer look.
 */
export function areDistinct(items: readonly unknown[], keys: readonly string[]): boolean {
  if (items.length < 2) return true;
  const seen = new Set<string>();
  for (const item of items) {
    let identity = '';
    for (const key of keys) {
      const value = isJsonObject(item) ? own(item, key) : undefined;
      if (typeof value === 'object') return false;
      identity += `${typeof value} ${value} `;
    }
    if (seen.has(identity)) return false;
    seen.add(identity);
  }
  return true;
}
