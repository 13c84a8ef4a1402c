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

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

function isSameQuantity(a: unknown, b: unknown): boolean {
  const [first, second] = [quantityOf(a), quantityOf(b)];
  return first !== null && first === second;
}

function quantityOf(value: unknown): number | null {
  const match = /^(\d{1,18}(?:\.\d{1,9})?)([KMGTP]i|[numkMGTP]?)$/.exec(String(value));
  const factor = suffixes[match?.[2] ?? ''];
  return match === null || factor === undefined ? null : Number((Number(match[1]) * factor).toPrecision(15));
}
