import { mkdir } from 'node:fs/promises';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { aliasesOf, loadAliases } from '../aliases.ts';
import { storageErrors } from '../errors.ts';
import type { BuiltinGenerator } from '../schemes/scheme.ts';
import { createHttp, type Env } from '../transfer/http.ts';
import { Progress } from '../transfer/progress.ts';
import { toSourceError } from '../transfer/source-error.ts';
import { type FetchedModel, fetchModel, ModelUnavailableError } from './fetch-model.ts';
import { createPathMap } from './pod-paths.ts';
import { writeTermination } from './termination.ts';

export interface StorageInitializerOptions {
  readonly env: Env;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly stdout: { write(text: string): unknown };
  /** Models by `builtin://` name that are made rather than downloaded. */
  readonly builtins?: Readonly<Record<string, BuiltinGenerator>>;
  /** Waits between attempts of one file. */
  readonly retryDelaysMs?: readonly number[];
}

interface ModelRequest {
  readonly uri: string;
  readonly folder: string;
}

const usage = 'usage: storage-initializer SOURCE FOLDER [SOURCE FOLDER …]';

/** A source that has a stand-in is given up after this silence; any other is waited for. */
const firstByteMs = { withAlias: 3000, alone: 30_000 };

/** Downloads models into folders, one pair of arguments each. Gives the exit code. */
export async function runStorageInitializer(
  argv: readonly string[],
  options: StorageInitializerOptions,
): Promise<number> {
  const { env, stdout } = options;
  const requests = parseArguments(argv, env);
  if (requests === null) {
    stdout.write(`${usage}\n`);
    return 1;
  }
  try {
    // Serving ciphertext as weights would fail later, and say less.
    if (env.CONFIDENTIAL_ENABLED === 'true') throw storageErrors.NOT_DECRYPTED({});
    // All folders first: the engine's mounts must exist even when a later download fails.
    for (const { folder } of requests) await mkdir(folder, { recursive: true });
    const models: FetchedModel[] = [];
    for (const request of requests) models.push(await fetchOne(request, options));
    await writeTermination(env, models);
    return 0;
  } catch (error) {
    return reportFailure(error, options);
  }
}

async function fetchOne(
  { uri, folder }: ModelRequest,
  options: StorageInitializerOptions,
): Promise<FetchedModel> {
  const { env, log, signal, stdout, builtins = {} } = options;
  const progress = new Progress({ write: (line) => stdout.write(`${line}\n`) });
  const aliases = await loadAliases(env);
  const limit = aliasesOf(uri, aliases).length > 0 ? firstByteMs.withAlias : firstByteMs.alone;
  const http = createHttp(env, { firstByteMs: limit, idleMs: 60_000 });
  const retryDelaysMs = options.retryDelaysMs ?? [1000, 2000, 4000, 8000, 16_000];
  try {
    const model = await fetchModel(uri, folder, {
      aliases,
      cacheFolder: env.WEIR_MODEL_CACHE || null,
      context: { env, log, signal, http, progress, builtins, retryDelaysMs },
    });
    if (model.substituted !== undefined) {
      progress.say(`using ${model.substituted} in place of ${uri}`);
      log.debug('model substituted', { uri, substituted: model.substituted });
    }
    progress.say(
      `complete ${model.files} files ${model.bytes} bytes sha256-manifest ${model.sha256} in ${progress.elapsed}`,
    );
    return model;
  } finally {
    progress.stop();
    await http.close();
  }
}

async function reportFailure(
  thrown: unknown,
  { env, log, signal, stdout }: StorageInitializerOptions,
): Promise<number> {
  if (signal.aborted) {
    log.info('storage initializer stopped');
    return 1;
  }
  const error = toSourceError(thrown, 'storage initializer');
  const tried = error instanceof ModelUnavailableError ? error.tried : [];
  const { reason, message } = error;
  stdout.write(`${reason}: ${message}\n`);
  try {
    await writeTermination(env, { reason, message, tried });
  } catch (cause) {
    log.error('termination message not written', { error: toError(cause) });
  }
  return 1;
}

/** Pairs of source and folder; null when they do not come in pairs. */
function parseArguments(argv: readonly string[], env: Env): ModelRequest[] | null {
  if (argv.length < 2 || argv.length % 2 !== 0) return null;
  const toHost = createPathMap(env.WEIR_PATH_MAP);
  const requests: ModelRequest[] = [];
  for (let i = 0; i < argv.length; i += 2) {
    const uri = argv[i] ?? '';
    const folder = argv[i + 1] ?? '';
    if (uri.startsWith('-') || !folder.startsWith('/')) return null;
    requests.push({
      uri: uri.startsWith('/') ? `file://${encodeURI(toHost(uri))}` : uri,
      folder: toHost(folder),
    });
  }
  return requests;
}
