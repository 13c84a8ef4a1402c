import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';
import { findJsonFault } from './json-fault.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Far above any prompt that fits a context of this engine, far below what would hurt the process. */
const maxBodyBytes: number = 4 * 1024 * 1024;

/** Reads a JSON object from a request body; every way it can be wrong has its own status and message. */
export async function readJsonObject(request: IncomingMessage): Promise<JsonObject> {
  checkHeaders(request);
  const text = decode(await readBody(request));
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new HttpError(400, 'the request body must be a JSON object');
}

function checkHeaders(request: IncomingMessage): void {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json') {
    const found = type === '' ? 'no Content-Type' : `Content-Type "${type}"`;
    throw new HttpError(415, `${found} is not supported — send JSON with Content-Type "application/json"`);
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new HttpError(415, `Content-Encoding "${encoding}" is not supported — send the body as it is`);
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): HttpError {
  // The rest of the body is not read, so the connection cannot be used again.
  return new HttpError(413, `the request body is larger than ${maxBodyBytes} bytes`, {
    headers: { connection: 'close' },
  });
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new HttpError(400, 'the request body is not valid UTF-8', { cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { position, reason } = findJsonFault(text) ?? {
      position: text.length,
      reason: 'it cannot be parsed',
    };
    throw new HttpError(400, `the request body is not valid JSON at position ${position}: ${reason}`, {
      cause,
    });
  }
}
