import type { KubeObject } from '@weir/api/meta';

/** Only the metadata of an object, for clients that need no more. */
export function partialOf(object: KubeObject, version: string): unknown {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata,
  };
}
