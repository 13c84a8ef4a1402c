import { type CelFunc, type CelMap, CelScalar, celFunc, celMethod } from '@bufbuild/cel';
import { contentOf, opaque, opaqueType } from './opaque.ts';

const { BOOL, DOUBLE, DYN, INT, STRING } = CelScalar;

/** Quantities are counted in billionths, the smallest unit that they can name. */
const scale = 1_000_000_000n;

const suffixes: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 1_000n,
  m: 1_000_000n,
  '': scale,
  k: scale * 10n ** 3n,
  M: scale * 10n ** 6n,
  G: scale * 10n ** 9n,
  T: scale * 10n ** 12n,
  P: scale * 10n ** 15n,
  E: scale * 10n ** 18n,
  Ki: scale << 10n,
  Mi: scale << 20n,
  Gi: scale << 30n,
  Ti: scale << 40n,
  Pi: scale << 50n,
  Ei: scale << 60n,
};

export const quantityFunctions: readonly CelFunc[] = [
  celFunc('isQuantity', [STRING], BOOL, (text) => parse(text) !== undefined),
  celFunc('quantity', [STRING], DYN, (text) => {
    const amount = parse(text);
    if (amount === undefined) throw new Error('quantities must match the regular expression');
    return wrap(amount);
  }),
  compareMethod('isLessThan', (a, b) => a < b),
  compareMethod('isGreaterThan', (a, b) => a > b),
  celMethod('compareTo', opaqueType, [DYN], INT, function (other) {
    const [mine, theirs] = [amountOf(this), amountOf(other)];
    return mine < theirs ? -1n : mine > theirs ? 1n : 0n;
  }),
  celMethod('sign', opaqueType, [], INT, function () {
    const amount = amountOf(this);
    return amount < 0n ? -1n : amount > 0n ? 1n : 0n;
  }),
  celMethod('isInteger', opaqueType, [], BOOL, function () {
    return amountOf(this) % scale === 0n;
  }),
  celMethod('asInteger', opaqueType, [], INT, function () {
    if (amountOf(this) % scale !== 0n) throw new Error('cannot convert value to integer');
    return amountOf(this) / scale;
  }),
  celMethod('asApproximateFloat', opaqueType, [], DOUBLE, function () {
    return Number(amountOf(this)) / Number(scale);
  }),
  celMethod('add', opaqueType, [DYN], DYN, function (other) {
    return wrap(amountOf(this) + amountOf(other));
  }),
  celMethod('sub', opaqueType, [DYN], DYN, function (other) {
    return wrap(amountOf(this) - amountOf(other));
  }),
];

function compareMethod(name: string, test: (a: bigint, b: bigint) => boolean): CelFunc {
  return celMethod(name, opaqueType, [DYN], BOOL, function (other) {
    return test(amountOf(this), amountOf(other));
  });
}

function wrap(amount: bigint): CelMap {
  return opaque('quantity', amount);
}

function amountOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value * scale;
  return contentOf(value as CelMap, 'quantity') as bigint;
}

function parse(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,2})?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  const unit = exponent === undefined ? suffixes[suffix] : power(Number(exponent));
  if (unit === undefined) return undefined;
  const divisor = 10n ** BigInt(fraction.length);
  const product = BigInt(`${whole}${fraction}`) * unit;
  // Finer than a billionth rounds away from zero.
  const amount = (product + divisor - 1n) / divisor;
  return sign === '-' ? -amount : amount;
}

function power(exponent: number): bigint {
  return exponent >= -9 ? 10n ** BigInt(exponent + 9) : 0n;
}
