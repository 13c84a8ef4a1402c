import { type CelValue, isCelList, isCelMap, isCelUint } from '@bufbuild/cel';

/** Equality of CEL values as far as Kubernetes' list functions need it. */
export function isEqual(a: CelValue, b: CelValue): boolean {
  if (isCelUint(a) || isCelUint(b)) return isCelUint(a) && isCelUint(b) && a.value === b.value;
  if (isCelList(a) && isCelList(b)) {
    const others = [...b];
    return a.size === b.size && [...a].every((item, i) => isEqual(item, others[i] as CelValue));
  }
  if (isCelMap(a) && isCelMap(b)) {
    return (
      a.size === b.size &&
      [...a].every(([key, value]) => b.has(key) && isEqual(value, b.get(key) as CelValue))
    );
  }
  return a === b;
}
