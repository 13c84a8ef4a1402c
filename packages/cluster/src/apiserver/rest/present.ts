import type { KubeObject } from '@weir/api/meta';
import { apiVersionOf } from '@weir/api/meta';
import type { Representation } from '../negotiate.ts';
import type { Target } from '../registry/served-kind.ts';
import { tableOf } from '../table/table.ts';
import { partialOf } from './partial.ts';

interface PresentOptions {
  readonly representation: Representation;
  /** Of a table: how much of each object a row carries. */
  readonly includeObject: string;
  readonly now: Date;
}

/** An object as the client asked for it: in its version, as a one-row table, or only its metadata. */
export function presentObject(target: Target, stored: KubeObject, options: PresentOptions): unknown {
  const { representation } = options;
  if (representation.type === 'table') {
    return tableOf(target, [inVersion(target, stored)], {
      ...options,
      version: representation.version,
      metadata: { resourceVersion: stored.metadata.resourceVersion ?? '' },
    });
  }
  if (representation.type === 'partial') return partialOf(stored, representation.version);
  return inVersion(target, stored);
}

/** A list in the same ways. */
export function presentList(
  target: Target,
  stored: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
  options: PresentOptions,
): unknown {
  const { representation } = options;
  if (representation.type === 'table') {
    const objects = stored.map((object) => inVersion(target, object));
    return tableOf(target, objects, { ...options, version: representation.version, metadata });
  }
  if (representation.type === 'partial') {
    const items = stored.map((object) => partialOf(object, representation.version));
    const apiVersion = `meta.k8s.io/${representation.version}`;
    return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items };
  }
  const apiVersion = apiVersionOf(target.kind);
  const items = stored.map((object) => itemOf(target, object));
  return { kind: target.served.listKind, apiVersion, metadata, items };
}

/** Items of built-in lists leave out what the list says of all of them. */
function itemOf(target: Target, stored: KubeObject): unknown {
  if (target.served.isCustom) return inVersion(target, stored);
  const { apiVersion: _, kind: __, ...item } = stored;
  return item;
}

/** A stored object in the version of the request. */
export function inVersion(target: Target, stored: KubeObject): KubeObject {
  if (stored.apiVersion === apiVersionOf(target.kind)) return stored;
  return target.served.convert(stored, target.version.name);
}
