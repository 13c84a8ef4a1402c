import { type CelInput, type CelMap, CelScalar, type CelValue, celMap, mapType } from '@bufbuild/cel';

/** Type of the values below in function signatures. */
export const opaqueType: ReturnType<typeof mapType> = mapType(CelScalar.STRING, CelScalar.DYN);

/**
 * Kubernetes' own CEL types (quantity, ip, cidr, url, format, optional) as maps with one key that no document can
 * have, so that equality compares the content.
 */
export function opaque(type: string, content: CelInput): CelMap {
  return celMap(new Map<string, CelInput>([[keyOf(type), content]]));
}

/** The content of a value of the type; throws what CEL reports for a wrong receiver. */
export function contentOf(value: CelMap, type: string): CelValue {
  const key = keyOf(type);
  if (!value.has(key)) throw new Error(`no such overload: expected ${type}`);
  return value.get(key) as CelValue;
}

export function isOpaque(value: CelMap, type: string): boolean {
  return value.has(keyOf(type));
}

export function textOf(value: CelMap, type: string): string {
  return String(contentOf(value, type));
}

function keyOf(type: string): string {
  return `\u0000${type}`;
}
