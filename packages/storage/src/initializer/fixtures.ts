import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { silentLogger } from '@weir/core/log';
import { onTestFinished } from 'vitest';
import { runStorageInitializer } from './run.ts';

/** Loopback servers and runs of the initializer for the tests of this folder. */
interface TestServer {
  readonly url: string;
  /** Method and path of every request. */
  readonly requests: string[];
  close(): Promise<void>;
}

async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A server that ends with the test. */
export async function serve(handle: Parameters<typeof startServer>[0]): Promise<TestServer> {
  const server = await startServer(handle);
  onTestFinished(() => server.close());
  return server;
}

/** Address of a port that nobody listens on any more. */
export async function unreachable(): Promise<string> {
  const server = await startServer(() => {});
  await server.close();
  return server.url;
}

/** Contents of a large and of a small file. */
export const weights: Buffer = randomBytes(300_000);
export const config: Buffer = Buffer.from('{"a":1}');

/** Answers like a file server: ETag, Range, If-Range. `cutAfter` breaks the connection after so many bytes. */
export function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: { readonly content: Buffer; readonly etag?: string; readonly cutAfter?: number },
): void {
  const { content, etag = `"${createHash('md5').update(content).digest('hex')}"`, cutAfter } = file;
  const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const isSame = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const start = wanted !== undefined && isSame ? Number(wanted) : 0;
  const body = content.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    etag,
    'content-length': body.length,
    ...(start > 0 ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  if (cutAfter === undefined) response.end(body);
  else response.write(body.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20));
}

interface HubFile {
  readonly path: string;
  readonly content: Buffer;
  readonly isLfs?: boolean;
  /** What the hub says its checksum is, when that is wrong. */
  readonly claimedSha256?: string;
}

/** A model hub with one repository. */
export function hubHandler(
  repository: string,
  files: readonly HubFile[],
  options: { readonly token?: string; readonly cutAfter?: () => number | undefined } = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const commit = 'c0ffee'.repeat(7).slice(0, 40);
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://hub');
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"gated"}');
    } else if (pathname === `/api/models/${repository}/revision/main`) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ _id: '1', id: repository, sha: commit }));
    } else if (pathname.startsWith(`/api/models/${repository}/tree/${commit}`)) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(files.map(treeEntry)));
    } else {
      const file = files.find(({ path }) => pathname === `/${repository}/resolve/${commit}/${path}`);
      const cutAfter = options.cutAfter?.();
      if (file === undefined) response.writeHead(404).end('{"error":"not found"}');
      else
        serveFile(request, response, {
          content: file.content,
          ...(cutAfter === undefined ? {} : { cutAfter }),
        });
    }
  };
}

function treeEntry({ path, content, isLfs = false, claimedSha256 }: HubFile): object {
  const gitOid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
  const lfs = { oid: claimedSha256 ?? sha256(content), size: content.length, pointerSize: 130 };
  return { type: 'file', path, size: content.length, oid: gitOid, ...(isLfs ? { lfs } : {}) };
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A zip archive. */
export function buildWheel(members: Readonly<Record<string, Buffer>>): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = deflateRawSync(content);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    entries.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, rest, Buffer.from(name)]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

interface InitializerRun {
  readonly code: number;
  readonly output: string;
  readonly termination: Record<string, unknown>;
  readonly folder: string;
  readonly read: (path: string) => Buffer;
}

/** Removed at the end of the test that asked for it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-storage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** One run into a new folder, with an environment of its own. */
export async function initialize(
  uri: string,
  env: Readonly<Record<string, string>>,
  options: { readonly folder?: string; readonly signal?: AbortSignal } = {},
): Promise<InitializerRun> {
  const home = temporaryFolder();
  const folder = options.folder ?? join(home, 'models');
  const log = join(home, 'termination');
  writeFileSync(log, '');
  let output = '';
  const code = await runStorageInitializer([uri, folder], {
    // No Python here: tests that want one give a PATH.
    env: { HOME: home, PATH: home, WEIR_TERMINATION_LOG: log, ...env },
    log: silentLogger,
    signal: options.signal ?? new AbortController().signal,
    stdout: {
      write: (text: string) => {
        output += text;
      },
    },
    builtins: { 'tiny-random': async (path) => writeFileSync(path, 'tiny') },
    retryDelaysMs: [1, 1],
  });
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  return {
    code,
    output,
    folder,
    termination: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    read: (path) => readFileSync(join(folder, path)),
  };
}
