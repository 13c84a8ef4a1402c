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
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const pattern = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** A Kubernetes quantity (`500m`, `2Gi`, `1e3`, `4`) as a number of base units; null when it is not one. */
export function parseQuantity(text: string | number): number | null {
  const match = pattern.exec(String(text).trim());
  if (match === null) return null;
  const [, digits = '', exponent = '', suffix = ''] = match;
  return Number(digits + exponent) * (suffixes[suffix] ?? 1);
}
