import { isJsonObject, own } from './structural.ts';

/**
 * True when the keys of the items surely differ: the common case, decided without writing them as text. Keys that are
 * objects are left to a closer look.
 */
export function areDistinct(items: readonly unknown[], keys: readonly string[]): boolean {
  if (items.length < 2) return true;
  const seen = new Set<unknown>();
  for (const item of items) {
    const identity = identityOf(item, keys);
    if (typeof identity === 'object' || seen.has(identity)) return false;
    seen.add(identity);
  }
  return true;
}

/** A text or number for the keys of an item; null or an object where they need the closer look. */
function identityOf(item: unknown, keys: readonly string[]): unknown {
  const object = isJsonObject(item) ? item : {};
  if (keys.length === 1) return own(object, keys[0] ?? '');
  let identity = '';
  for (const key of keys) {
    const part = own(object, key);
    if (typeof part === 'object') return part;
    identity += `${typeof part} ${part} `;
  }
  return identity;
}
