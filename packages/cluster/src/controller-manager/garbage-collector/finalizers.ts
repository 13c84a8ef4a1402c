import type { KubeObject } from '@weir/api/meta';

/** Finalizers that the API server sets for the deletion policies of the same names; we take them off. */
export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

export function hasFinalizer(object: KubeObject, ...finalizers: readonly string[]): boolean {
  return object.metadata.finalizers?.some((name) => finalizers.includes(name)) ?? false;
}
