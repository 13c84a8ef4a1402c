import type { KubeObject } from '@weir/api/meta';
import { apiVersionOf } from '@weir/api/meta';
import type { ServedKind } from '../registry/served-kind.ts';

/** The object as it is stored. */
export function toStorage(served: ServedKind, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf({ group: served.group, version: served.storageVersion });
  return object.apiVersion === apiVersion ? object : served.convert(object, served.storageVersion);
}
