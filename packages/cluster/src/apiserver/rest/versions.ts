import type { KubeObject } from '@weir/api/meta';
import { apiVersionOf } from '@weir/api/meta';
import type { ServedKind, Target } from '../registry/served-kind.ts';

/** The object as it is stored. */
export function toStorage(served: ServedKind, object: KubeObject): Promise<KubeObject> {
  return toVersion(served, object, served.storageVersion);
}

/** A new or changed object in another version of its kind. */
export async function toVersion(
  served: ServedKind,
  object: KubeObject,
  version: string,
): Promise<KubeObject> {
  if (object.apiVersion === apiVersionOf({ group: served.group, version })) return object;
  const [converted = object] = await served.conversion.convert([object], version);
  return converted;
}

/** A stored object in the version of the request. */
export async function inVersion(target: Target, stored: KubeObject): Promise<KubeObject> {
  const [converted = stored] = await allInVersion(target, [stored]);
  return converted;
}

/** Stored objects in the version of the request. */
export async function allInVersion(
  target: Target,
  stored: readonly KubeObject[],
): Promise<readonly KubeObject[]> {
  const apiVersion = apiVersionOf(target.kind);
  if (stored.every((object) => object.apiVersion === apiVersion)) return stored;
  return target.served.conversion.read(stored, target.version.name);
}
