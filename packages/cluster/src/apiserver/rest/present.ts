import type { KubeObject } from '@weir/api/meta';
import { apiVersionOf } from '@weir/api/meta';
import type { Representation } from '../negotiate.ts';
import type { Target } from '../registry/served-kind.ts';
import { tableOf } from '../table/table.ts';
import { partialOf } from './partial.ts';
import { allInVersion, inVersion } from './versions.ts';

interface PresentOptions {
  readonly representation: Representation;
  /** Of a table: how much of each object a row carries. */
  readonly includeObject: string;
  readonly now: Date;
}

/** An object as the client asked for it: in its version, as a one-row table, or only its metadata. */
export async function presentObject(
  target: Target,
  stored: KubeObject,
  options: PresentOptions,
): Promise<unknown> {
  const { representation } = options;
  if (representation.type === 'table') {
    return tableOf(target, [await inVersion(target, stored)], {
      ...options,
      version: representation.version,
      metadata: { resourceVersion: stored.metadata.resourceVersion ?? '' },
    });
  }
  if (representation.type === 'partial') return partialOf(stored, representation.version);
  return inVersion(target, stored);
}

/** A list in the same ways. */
export async function presentList(
  target: Target,
  stored: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
  options: PresentOptions,
): Promise<unknown> {
  const { representation } = options;
  if (representation.type === 'table') {
    const objects = await allInVersion(target, stored);
    return tableOf(target, objects, { ...options, version: representation.version, metadata });
  }
  if (representation.type === 'partial') {
    const items = stored.map((object) => partialOf(object, representation.version));
    const apiVersion = `meta.k8s.io/${representation.version}`;
    return { kind: 'PartialObjectMetadataList', apiVersion, metadata, items };
  }
  const apiVersion = apiVersionOf(target.kind);
  const objects = await allInVersion(target, stored);
  const items = target.served.isCustom ? objects : objects.map(withoutType);
  return { kind: target.served.listKind, apiVersion, metadata, items };
}

/** Items of built-in lists leave out what the list says of all of them. */
function withoutType({ apiVersion: _, kind: __, ...item }: KubeObject): unknown {
  return item;
}
