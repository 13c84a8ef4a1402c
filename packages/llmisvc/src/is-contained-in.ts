/**
 * Whether an object holds everything that is wanted: fields that a server added do not matter, lists must be equal
 * item by item.
 */
export function isContainedIn(wanted: unknown, actual: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) &&
      wanted.length === actual.length &&
      wanted.every((item, index) => isContainedIn(item, actual[index]))
    );
  }
  if (typeof wanted !== 'object' || wanted === null) return wanted === actual;
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual))
    return Object.keys(wanted).length === 0;
  return Object.entries(wanted).every(
    ([key, value]) => value === undefined || isContainedIn(value, (actual as Record<string, unknown>)[key]),
  );
}
