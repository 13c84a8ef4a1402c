import { join } from 'node:path';
import type { Volume, VolumeProjection } from '@weir/api/workloads';
import { type FileContent, publishFiles, readPublished } from './content.ts';
import { type MountedVolume, type VolumeContext, VolumeError } from './contracts.ts';
import { type Entries, readConfigMap, readDownward, readSecret, safePath } from './sources.ts';
import { requestToken } from './token.ts';

const defaultMode = 0o644;

/** When the tokens in a folder are due, by folder and path. */
export type TokenClock = Map<string, number>;

/** Volumes whose files come from objects: configMap, secret, downwardAPI and projected. */
export async function mountContent(
  volume: Volume,
  context: VolumeContext,
  clock: TokenClock,
): Promise<MountedVolume> {
  const hostPath = join(context.volumesDir, volume.name);
  const { sources, mode } = sourcesOf(volume);
  const files = new Map<string, FileContent>();
  for (const source of sources)
    for (const [path, content] of await readSource(source, mode, hostPath, context, clock))
      files.set(path, content);
  publishFiles(hostPath, files);
  const due = [...clock].flatMap(([key, dueMs]) => (key.startsWith(`${hostPath}:`) ? [dueMs] : []));
  return { hostPath, isReadOnly: true, refreshAtMs: due.length === 0 ? null : Math.min(...due) };
}

/** All four kinds as sources of a projected volume. */
function sourcesOf(volume: Volume): { readonly sources: readonly VolumeProjection[]; readonly mode: number } {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined)
    return { sources: [{ configMap }], mode: configMap.defaultMode ?? defaultMode };
  if (downwardAPI !== undefined)
    return { sources: [{ downwardAPI }], mode: downwardAPI.defaultMode ?? defaultMode };
  if (secret !== undefined) {
    const { secretName, defaultMode: mode, ...rest } = secret;
    return {
      sources: [{ secret: { ...rest, ...(secretName === undefined ? {} : { name: secretName }) } }],
      // Other users of this machine must not read it, unlike in a container with a file system of its own.
      mode: mode === undefined || mode === defaultMode ? 0o600 : mode,
    };
  }
  return { sources: projected?.sources ?? [], mode: projected?.defaultMode ?? defaultMode };
}

async function readSource(
  source: VolumeProjection,
  mode: number,
  hostPath: string,
  context: VolumeContext,
  clock: TokenClock,
): Promise<Entries> {
  if (source.secret !== undefined) return readSecret(objectSource(source.secret, mode), context);
  if (source.configMap !== undefined) return readConfigMap(objectSource(source.configMap, mode), context);
  if (source.downwardAPI !== undefined) return readDownward(source.downwardAPI.items ?? [], mode, context);
  if (source.serviceAccountToken !== undefined) {
    const path = safePath(source.serviceAccountToken.path);
    const key = `${hostPath}:${path}`;
    const current = readPublished(hostPath, path);
    if (current !== undefined && (clock.get(key) ?? 0) > context.nowMs)
      return [[path, { data: current, mode: 0o600 }]];
    const issued = await requestToken(source.serviceAccountToken, context);
    clock.set(key, issued.refreshAtMs);
    return [[path, { data: Buffer.from(issued.token), mode: 0o600 }]];
  }
  const kind = Object.keys(source)[0] ?? 'empty';
  throw new VolumeError(`projected source ${kind} is not supported on this node`);
}

function objectSource(
  source: { name?: string; optional?: boolean; items?: { key: string; path: string; mode?: number }[] },
  mode: number,
): Parameters<typeof readSecret>[0] {
  return {
    name: source.name ?? '',
    items: source.items,
    isOptional: source.optional === true,
    defaultMode: mode,
  };
}
