import { posix } from 'node:path';
import { resources } from '@weir/api/meta';
import type { DownwardAPIVolumeFile, KeyToPath } from '@weir/api/workloads';
import { readField, readResource } from '../downward.ts';
import type { FileContent } from './content.ts';
import { type VolumeContext, VolumeError } from './contracts.ts';

const rootCaName = 'kube-root-ca.crt';

export interface ObjectSource {
  readonly name: string;
  readonly items: readonly KeyToPath[] | undefined;
  readonly isOptional: boolean;
  readonly defaultMode: number;
}

export type Entries = readonly (readonly [path: string, content: FileContent])[];

export async function readSecret(source: ObjectSource, context: VolumeContext): Promise<Entries> {
  const key = { namespace: context.pod.metadata.namespace ?? '', name: source.name };
  const secret = await context.client.find(resources.secrets, key, { signal: context.signal });
  const data =
    secret &&
    Object.entries(secret.data ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')] as const);
  return select('secret', source, data, key.namespace);
}

export async function readConfigMap(source: ObjectSource, context: VolumeContext): Promise<Entries> {
  const key = { namespace: context.pod.metadata.namespace ?? '', name: source.name };
  const configMap = await context.client.find(resources.configMaps, key, { signal: context.signal });
  const data = configMap && [
    ...Object.entries(configMap.data ?? {}).map(([name, value]) => [name, Buffer.from(value)] as const),
    ...Object.entries(configMap.binaryData ?? {}).map(
      ([name, value]) => [name, Buffer.from(value, 'base64')] as const,
    ),
  ];
  // Every namespace is promised this one; the node knows its content before a controller has written it.
  const known =
    source.name === rootCaName ? [['ca.crt', Buffer.from(context.apiAccess.caPem)] as const] : undefined;
  return select('configmap', source, data ?? known, key.namespace);
}

export function readDownward(
  items: readonly DownwardAPIVolumeFile[],
  defaultMode: number,
  context: VolumeContext,
): Entries {
  return items.map((item) => {
    const value =
      item.fieldRef !== undefined
        ? readField(item.fieldRef, context.facts)
        : item.resourceFieldRef === undefined
          ? undefined
          : readResource(item.resourceFieldRef, undefined, context.facts);
    if (value === undefined)
      throw new VolumeError(`downwardAPI item "${item.path}" refers to a field that does not exist`);
    return [safePath(item.path), { data: Buffer.from(value), mode: item.mode ?? defaultMode }];
  });
}

/** A path from a manifest may not leave the volume. */
export function safePath(path: string): string {
  if (posix.isAbsolute(path) || path.split('/').includes('..') || path === '' || path.startsWith('..'))
    throw new VolumeError(`path "${path}" must be relative and may not contain ".."`);
  return posix.normalize(path);
}

function select(
  kind: string,
  source: ObjectSource,
  data: readonly (readonly [string, Buffer])[] | undefined,
  namespace: string,
): Entries {
  if (data === undefined) {
    if (source.isOptional) return [];
    throw new VolumeError(`${kind} "${source.name}" not found`);
  }
  const items = source.items ?? data.map(([key]): KeyToPath => ({ key, path: key }));
  return items.flatMap((item): Entries => {
    const found = data.find(([key]) => key === item.key);
    if (found === undefined) {
      if (source.isOptional) return [];
      throw new VolumeError(
        `references non-existent ${kind} key: ${item.key} in ${namespace}/${source.name}`,
      );
    }
    return [[safePath(item.path), { data: found[1], mode: item.mode ?? source.defaultMode }]];
  });
}
