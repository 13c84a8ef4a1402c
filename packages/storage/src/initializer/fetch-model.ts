import { mkdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aliasesOf, knownSha256, locationOf, type ModelAlias } from '../aliases.ts';
import { handOver } from '../cache/hand-over.ts';
import { withLock } from '../cache/lock.ts';
import { ModelCache, type ModelManifest, modelSha256 } from '../cache/model-cache.ts';
import { schemeOf } from '../schemes/index.ts';
import type { DownloadContext, SourceName, StorageScheme } from '../schemes/scheme.ts';
import { sha256OfFile } from '../transfer/checksum.ts';
import { SourceError, toSourceError } from '../transfer/source-error.ts';

export interface FetchedModel {
  readonly uri: string;
  readonly source: 'cache' | SourceName;
  /** The URI that was used instead. */
  readonly substituted?: string;
  readonly files: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** No source had the model. */
export class ModelUnavailableError extends SourceError {
  readonly tried: readonly string[];

  constructor(uri: string, failures: readonly { readonly source: string; readonly error: SourceError }[]) {
    const tried = failures.map(({ source, error }) =>
      error.message.includes(source) ? error.message : `${source}: ${error.message}`,
    );
    const advice =
      'make one of them reachable, or put the model on a PersistentVolumeClaim (pvc://), or use builtin://tiny-random';
    super(
      failures[0]?.error.reason ?? 'ModelDownloadFailed',
      `no source has ${uri}; tried ${tried.join('; ')}. To go on, ${advice}.`,
    );
    this.name = 'ModelUnavailableError';
    this.tried = tried;
  }
}

interface FetchOptions {
  readonly aliases: readonly ModelAlias[];
  /** Shared by pods; null when the machine has none. */
  readonly cacheFolder: string | null;
  readonly context: DownloadContext;
}

/** File beside the model that says what it is; the engine reads it. */
const modelRecordName = '.weir-model.json';

/** Puts the model of a URI into the folder: from the cache, the URI itself, or what an alias names. */
export async function fetchModel(uri: string, folder: string, options: FetchOptions): Promise<FetchedModel> {
  await mkdir(folder, { recursive: true });
  const failures: { source: string; error: SourceError }[] = [];
  for (const source of [uri, ...aliasesOf(uri, options.aliases)]) {
    try {
      const model = await fetchFrom(source, folder, options);
      const result = { ...model, uri, ...(source === uri ? {} : { substituted: source }) };
      await writeRecord(folder, result);
      return result;
    } catch (error) {
      if (options.context.signal.aborted) throw error;
      const failure = toSourceError(error, source);
      options.context.progress.stop();
      options.context.progress.say(`${source} failed: ${failure.message}`);
      failures.push({ source, error: failure });
    }
  }
  throw new ModelUnavailableError(uri, failures);
}

async function fetchFrom(
  source: string,
  folder: string,
  { cacheFolder, context }: FetchOptions,
): Promise<Omit<FetchedModel, 'substituted'>> {
  const location = locationOf(source);
  const scheme = schemeOf(location);
  const sha256 = knownSha256[location];
  const withChecksum = { ...context, ...(sha256 === undefined ? {} : { sha256 }) };
  if (!scheme.isCached) {
    const paths = await scheme.download(location, folder, withChecksum);
    return { uri: source, source: scheme.sourceName, ...(await describe(folder, paths, context.signal)) };
  }
  // Without a shared cache the model's own folder serves as one, so that a restarted container resumes.
  const ownCache = join(folder, '.weir-cache');
  const cache = new ModelCache(cacheFolder ?? ownCache);
  const { manifest, isFresh } = await throughCache(cache, scheme, location, withChecksum);
  // A local pod lives in mounts of its own, which hard links do not cross, and every one of them sees the cache.
  const isLocal = cacheFolder !== null && context.env.WEIR_POD_IP !== undefined;
  await handOver(cache, manifest, folder, isLocal ? 'symlink' : 'copy');
  if (cacheFolder === null) await rm(ownCache, { recursive: true, force: true });
  return {
    uri: source,
    source: isFresh ? scheme.sourceName : 'cache',
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    sha256: modelSha256(manifest.files),
  };
}

async function throughCache(
  cache: ModelCache,
  scheme: StorageScheme,
  uri: string,
  context: DownloadContext,
): Promise<{ readonly manifest: ModelManifest; readonly isFresh: boolean }> {
  const { progress, signal } = context;
  const onWait = (holder: string): void => progress.say(`${uri}: waiting for ${holder}, which downloads it`);
  return withLock(cache.lockPath(uri), { signal, onWait }, async () => {
    const cached = await cache.find(uri, signal);
    if (cached !== null) {
      progress.say(`${uri}: in the cache`);
      return { manifest: cached, isFresh: false };
    }
    const staging = cache.stagingFolder(uri);
    await mkdir(staging, { recursive: true });
    try {
      const paths = await scheme.download(uri, staging, context);
      progress.stop();
      return { manifest: await cache.store(uri, paths, signal), isFresh: true };
    } finally {
      // What was begun stays for the next attempt; nothing at all need not.
      await rmdir(staging).catch(() => {});
    }
  });
}

async function describe(
  folder: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly files: number; readonly bytes: number; readonly sha256: string }> {
  const files: { path: string; sha256: string }[] = [];
  let bytes = 0;
  for (const path of paths) {
    const facts = await stat(join(folder, path));
    if (!facts.isFile()) continue;
    bytes += facts.size;
    files.push({ path, sha256: await sha256OfFile(join(folder, path), signal) });
  }
  return { files: files.length, bytes, sha256: modelSha256(files) };
}

async function writeRecord(folder: string, { uri, substituted, sha256 }: FetchedModel): Promise<void> {
  const path = join(folder, modelRecordName);
  const record = { uri, ...(substituted === undefined ? {} : { substituted }), sha256 };
  await writeFile(`${path}.part`, JSON.stringify(record));
  await rename(`${path}.part`, path);
}
