import { parseQuantity } from '@weir/api/meta';

/**
 * Whether an object holds everything that is wanted: fields that a server added do not matter, lists must be equal
 * item by item. Quantities count by value, because servers write them their own way (`1000m` becomes `1`).
 */
export function isContainedIn(wanted: unknown, actual: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) &&
      wanted.length === actual.length &&
      wanted.every((item, index) => isContainedIn(item, actual[index]))
    );
  }
  if (typeof wanted !== 'object' || wanted === null)
    return wanted === actual || isSameQuantity(wanted, actual);
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual))
    return Object.keys(wanted).length === 0;
  return Object.entries(wanted).every(
    ([key, value]) => value === undefined || isContainedIn(value, (actual as Record<string, unknown>)[key]),
  );
}

function isSameQuantity(a: unknown, b: unknown): boolean {
  const [first, second] = [quantityOf(a), quantityOf(b)];
  return first !== null && first === second;
}

/** Rounded to what a double can hold, so that `0.1` equals `100m`. */
function quantityOf(value: unknown): number | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const quantity = parseQuantity(value);
  return quantity === null ? null : Number(quantity.toPrecision(15));
}
