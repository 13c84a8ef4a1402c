import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gitOidOfFile, sha256OfFile } from './checksum.ts';
import { requireSpace } from './disk-space.ts';
import type { Http } from './http.ts';
import type { Progress } from './progress.ts';
import { codeOf, httpSourceError, SourceError } from './source-error.ts';

export interface FileRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the file is to be; it appears there only complete and checked. */
  readonly target: string;
  /** What it is called in messages. */
  readonly name: string;
  readonly sizeBytes?: number;
  readonly sha256?: string;
  readonly gitOid?: string;
}

export interface TransferContext {
  readonly http: Http;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Waits between attempts, in milliseconds; their number is the number of retries. */
  readonly retryDelaysMs: readonly number[];
}

/** Not the source's last word: the connection broke, or the server is busy. */
class InterruptedError extends Error {}

/** So much more makes an attempt a success of its own. */
const progressBytes = 1024 * 1024;

interface PartState {
  readonly etag: string | null;
}

/**
 * Downloads one file into `target.part`, resuming what an earlier attempt or process left there if the source still
 * has the same contents (strong ETag with If-Range), checks it and renames it.
 */
export async function downloadFile(request: FileRequest, context: TransferContext): Promise<void> {
  const part = `${request.target}.part`;
  await mkdir(dirname(part), { recursive: true });
  let begun = await sizeOf(part);
  for (let attempt = 0; ; attempt++) {
    try {
      await transfer(request, part, context);
      break;
    } catch (error) {
      const reached = await sizeOf(part);
      // A bad line that moves on may break as often as it likes.
      if (reached - begun >= progressBytes) attempt = 0;
      begun = reached;
      const delayMs = context.retryDelaysMs[attempt];
      if (codeOf(error) === 'ENOSPC') await discard(part);
      if (!(error instanceof InterruptedError) || delayMs === undefined || context.signal.aborted) {
        throw error instanceof InterruptedError ? exhausted(request, error, attempt + 1) : error;
      }
      context.progress.say(
        `${request.name}: ${error.message}, attempt ${attempt + 2} in ${delayMs / 1000} s`,
      );
      await sleep(delayMs, undefined, { signal: context.signal });
    }
  }
  await verify(request, part, context.signal);
  await rename(part, request.target);
  await rm(`${part}.json`, { force: true });
}

async function transfer(request: FileRequest, part: string, context: TransferContext): Promise<void> {
  const { http, progress, signal } = context;
  const have = await sizeOf(part);
  const etag = have === 0 ? null : await readEtag(part);
  const isResuming = etag !== null && have !== request.sizeBytes;
  if (etag !== null && have === request.sizeBytes) return progress.skip(have);
  const headers = {
    ...request.headers,
    // A compressed reply could neither be resumed nor counted.
    'accept-encoding': 'identity',
    ...(isResuming ? { range: `bytes=${have}-`, 'if-range': etag } : {}),
  };
  const response = await http.open(request.url, { headers, signal });
  const host = new URL(request.url).host;
  if (response.status === 429 || response.status >= 500) {
    await response.body?.cancel();
    throw new InterruptedError(`${host} answered HTTP ${response.status}`);
  }
  if (response.status === 416) {
    // What we have is longer than what there is: it was another file.
    await response.body?.cancel();
    await discard(part);
    throw new InterruptedError(`${host} has a shorter file than the one begun earlier`);
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw httpSourceError(response.status, host, request.name);
  }
  const isContinued = response.status === 206 && isResuming && startOf(response) === have;
  const offset = isContinued ? have : 0;
  progress.skip(offset);
  await writeBody(request, { part, offset, response, context });
}

async function writeBody(
  request: FileRequest,
  transferred: {
    readonly part: string;
    readonly offset: number;
    readonly response: Response;
    readonly context: TransferContext;
  },
): Promise<void> {
  const { part, offset, response, context } = transferred;
  const announced = response.headers.get('content-length');
  const expected = request.sizeBytes ?? (announced === null ? undefined : offset + Number(announced));
  if (expected !== undefined) await requireSpace(dirname(part), expected - offset);
  await writeFile(`${part}.json`, JSON.stringify({ etag: strongEtag(response) } satisfies PartState));
  let written = offset;
  const count = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      written += chunk.length;
      if (expected !== undefined && written > expected) throw tooLong(request, expected);
      context.progress.add(chunk.length);
      yield chunk;
    }
  };
  try {
    const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(body, count, createWriteStream(part, { flags: offset > 0 ? 'a' : 'w' }), {
      signal: context.signal,
    });
  } catch (error) {
    // Those bytes come again, or are skipped again, in the next attempt.
    context.progress.add(-written);
    if (context.signal.aborted || codeOf(error) === 'ENOSPC' || error instanceof SourceError) throw error;
    throw new InterruptedError('the connection broke', { cause: error });
  }
  if (expected !== undefined && written < expected) {
    context.progress.add(-written);
    throw new InterruptedError(`the connection ended after ${written} of ${expected} bytes`);
  }
}

async function verify(request: FileRequest, part: string, signal: AbortSignal): Promise<void> {
  const { sha256, gitOid, name, url } = request;
  const size = await sizeOf(part);
  const found =
    sha256 !== undefined
      ? await sha256OfFile(part, signal)
      : gitOid !== undefined
        ? await gitOidOfFile(part, size, signal)
        : undefined;
  const expected = sha256 ?? gitOid;
  if (found === expected) return;
  await discard(part);
  throw new SourceError(
    'ModelDownloadFailed',
    `${name} from ${new URL(url).host} has checksum ${found}, expected ${expected}: the file was damaged on the way or changed`,
  );
}

function exhausted(request: FileRequest, error: Error, attempts: number): SourceError {
  const { host } = new URL(request.url);
  const message = `${request.name} from ${host}: ${error.message} (${attempts} attempts)`;
  return new SourceError('ModelDownloadFailed', message, { cause: error });
}

function tooLong({ name, url }: FileRequest, expected: number): SourceError {
  const message = `${name} from ${new URL(url).host} is longer than the ${expected} bytes announced`;
  return new SourceError('ModelDownloadFailed', message);
}

function strongEtag(response: Response): string | null {
  const etag = response.headers.get('etag');
  return etag?.startsWith('"') === true ? etag : null;
}

function startOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? -1);
}

async function readEtag(part: string): Promise<string | null> {
  try {
    return (JSON.parse(await readFile(`${part}.json`, 'utf8')) as PartState).etag;
  } catch {
    return null;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

async function discard(part: string): Promise<void> {
  await Promise.all([rm(part, { force: true }), rm(`${part}.json`, { force: true })]);
}
