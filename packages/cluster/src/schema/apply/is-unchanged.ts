import type { KubeObject } from '@weir/api/meta';
import { isEqual } from './shape.ts';

/**
 * True when a write would change nothing but times in managedFields: the server then keeps the live object and its
 * resourceVersion.
 */
export function isUnchanged(live: KubeObject, next: KubeObject): boolean {
  return isEqual(withoutTimes(live), withoutTimes(next));
}

function withoutTimes(object: KubeObject): unknown {
  const { managedFields, ...metadata } = object.metadata;
  const entries = (managedFields ?? []).map(({ time: _time, ...entry }) => entry);
  return { ...object, metadata: { ...metadata, managedFields: entries } };
}
