import type { FieldError, KubeObject } from '@weir/api/meta';
import { invalid } from '@weir/api/meta';
import type { Target } from '../registry/served-kind.ts';

/** Counts of a custom kind with a scale that are below zero, whatever its schema says. */
export function replicaErrors(target: Target, object: KubeObject): FieldError[] {
  const { scale } = target.version;
  if (scale === null || !target.served.isCustom) return [];
  return [scale.specReplicas, scale.statusReplicas].flatMap((path) => {
    const count = valueAt(object, path);
    return typeof count === 'number' && count < 0
      ? [invalid(path, count, 'should be a non-negative integer')]
      : [];
  });
}

export function valueAt(object: KubeObject, path: string): unknown {
  let value: unknown = object;
  for (const part of partsOf(path)) value = (value as Record<string, unknown> | null | undefined)?.[part];
  return value;
}

/** Paths of CRDs' scale have dots only, no indexes. */
export function partsOf(path: string): string[] {
  return path.split('.').filter((part) => part !== '');
}
