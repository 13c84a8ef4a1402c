import {
  type CelFunc,
  type CelInput,
  CelScalar,
  type CelValue,
  celMethod,
  isCelList,
  isCelUint,
} from '@bufbuild/cel';
import { isEqual } from './equal.ts';

const { BOOL, DYN, INT } = CelScalar;

type Comparable = bigint | number | string | boolean;

/** Methods of lists that Kubernetes adds to the language. */
export const listFunctions: readonly CelFunc[] = [
  celMethod('isSorted', DYN, [], BOOL, function () {
    const items = itemsOf(this);
    return items.every((item, i) => i === 0 || !isLess(item, items[i - 1] as CelValue));
  }),
  celMethod('sum', DYN, [], DYN, function () {
    const items = itemsOf(this);
    if (items.every((item) => typeof item === 'bigint'))
      return items.reduce((total, item) => total + item, 0n);
    return items.reduce((total: number, item) => total + Number(comparable(item)), 0);
  }),
  celMethod('min', DYN, [], DYN, function () {
    return extreme(itemsOf(this), 'min', isLess);
  }),
  celMethod('max', DYN, [], DYN, function () {
    return extreme(itemsOf(this), 'max', (a, b) => isLess(b, a));
  }),
  celMethod('indexOf', DYN, [DYN], INT, function (wanted) {
    return BigInt(itemsOf(this).findIndex((item) => isEqual(item, wanted as CelValue)));
  }),
  celMethod('lastIndexOf', DYN, [DYN], INT, function (wanted) {
    return BigInt(itemsOf(this).findLastIndex((item) => isEqual(item, wanted as CelValue)));
  }),
];

function itemsOf(value: unknown): CelValue[] {
  if (!isCelList(value)) throw new Error('no such overload');
  return [...value];
}

function extreme(
  items: readonly CelValue[],
  name: string,
  isBetter: (a: CelValue, b: CelValue) => boolean,
): CelInput {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error(`${name} called on empty list`);
  return rest.reduce((best, item) => (isBetter(item, best) ? item : best), first) as CelInput;
}

function isLess(a: CelValue, b: CelValue): boolean {
  return comparable(a) < comparable(b);
}

function comparable(value: CelValue): Comparable {
  if (isCelUint(value)) return value.value;
  if (typeof value === 'object') throw new Error('no such overload');
  return value;
}
