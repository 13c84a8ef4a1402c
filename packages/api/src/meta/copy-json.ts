/** A copy of plain JSON; much cheaper than structuredClone, on which copying a pod template would mostly wait. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const inner: unknown = copyJson(value[key as keyof T]);
    // Assigning this name would set the prototype.
    if (key === '__proto__') Object.defineProperty(copy, key, ownProperty(inner));
    else copy[key] = inner;
  }
  return copy as T;
}

function ownProperty(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}
