import { type FileHandle, open } from 'node:fs/promises';
import { type LogWriter, rotatedPath } from './log-writer.ts';

export interface LogReadOptions {
  readonly follow: boolean;
  readonly tailLines?: number;
  readonly sinceMs?: number;
  readonly timestamps?: boolean;
  readonly limitBytes?: number;
  readonly signal: AbortSignal;
}

const blockBytes = 64 * 1024;
const newline = 10;

/**
 * The text of a container's log, oldest first. With `follow` it goes on until the writer closes; `writer` is the one
 * that fills the file now, or undefined when the container has ended.
 */
export async function* readLog(
  path: string,
  writer: LogWriter | undefined,
  maxFiles: number,
  options: LogReadOptions,
): AsyncGenerator<Uint8Array> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const block of readLines(path, writer, maxFiles, options)) {
    const text = formatLines(block, options);
    if (text.length === 0) continue;
    yield text.length > left ? text.subarray(0, left) : text;
    left -= text.length;
    if (left <= 0) return;
  }
}

/** Blocks of whole raw lines. */
async function* readLines(
  path: string,
  writer: LogWriter | undefined,
  maxFiles: number,
  options: LogReadOptions,
): AsyncGenerator<Buffer> {
  const start = await findStart(path, maxFiles, options.tailLines);
  let generation = (writer?.rotations ?? 0) - start.index;
  let offset = start.offset;
  for (;;) {
    const index = Math.max(0, (writer?.rotations ?? 0) - generation);
    const handle = await openLog(rotatedPath(path, index));
    try {
      while (!options.signal.aborted) {
        // Read the writer's state before the file: what it tells then is already on disk.
        const isLast = (writer?.rotations ?? 0) === generation;
        const hasEnded = writer === undefined || writer.isClosed || !options.follow;
        const change = isLast && !hasEnded && writer !== undefined ? writer.changed(options.signal) : null;
        const block = handle === undefined ? Buffer.alloc(0) : await readBlock(handle, offset);
        offset += block.length;
        if (block.length > 0) yield block;
        else if (!isLast) break;
        else if (hasEnded) return;
        else await change;
      }
    } finally {
      await handle?.close();
    }
    if (options.signal.aborted) return;
    generation++;
    offset = 0;
  }
}

/** Whole lines from `offset`; empty at the end. A line is at most a block long by construction. */
async function readBlock(handle: FileHandle, offset: number): Promise<Buffer> {
  const buffer = Buffer.alloc(blockBytes);
  const { bytesRead } = await handle.read(buffer, 0, blockBytes, offset);
  return buffer.subarray(0, buffer.subarray(0, bytesRead).lastIndexOf(newline) + 1);
}

/** The oldest file there is, or the file and offset where the last `tailLines` lines begin. */
async function findStart(
  path: string,
  maxFiles: number,
  tailLines: number | undefined,
): Promise<{ readonly index: number; readonly offset: number }> {
  let missing = tailLines ?? Number.POSITIVE_INFINITY;
  let oldest = 0;
  for (let index = 0; index < maxFiles; index++) {
    const handle = await openLog(rotatedPath(path, index));
    if (handle === undefined) break;
    oldest = index;
    try {
      if (missing === Number.POSITIVE_INFINITY) continue;
      const found = await findTail(handle, missing);
      if (found.offset !== null) return { index, offset: found.offset };
      missing -= found.lines;
    } finally {
      await handle.close();
    }
  }
  return { index: oldest, offset: 0 };
}

async function findTail(
  handle: FileHandle,
  lines: number,
): Promise<{ offset: number | null; lines: number }> {
  let end = (await handle.stat()).size;
  let seen = 0;
  if (lines === 0) return { offset: end, lines: 0 };
  const buffer = Buffer.alloc(blockBytes);
  while (end > 0) {
    const start = Math.max(0, end - blockBytes);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== newline) continue;
      // The newline before the first wanted line is the (lines + 1)-th from the end.
      if (seen === lines) return { offset: start + at + 1, lines: seen };
      seen++;
    }
    end = start;
  }
  return { offset: seen === lines ? 0 : null, lines: seen };
}

async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch {
    return undefined;
  }
}

/** Strips `<time> <stream> <tag> ` as asked; parts of a long line are joined again. */
function formatLines(block: Buffer, options: LogReadOptions): Buffer {
  const parts: Buffer[] = [];
  let start = 0;
  for (let end = block.indexOf(newline); end >= 0; end = block.indexOf(newline, start)) {
    const raw = block.subarray(start, end + 1);
    start = end + 1;
    const timeEnd = raw.indexOf(' ');
    const streamEnd = raw.indexOf(' ', timeEnd + 1);
    const isPartial = raw[streamEnd + 1] === 'P'.charCodeAt(0);
    const time = raw.toString('latin1', 0, timeEnd);
    if (options.sinceMs !== undefined && Date.parse(time) < options.sinceMs) continue;
    if (options.timestamps === true) parts.push(Buffer.from(`${time} `));
    parts.push(raw.subarray(streamEnd + 3, isPartial ? raw.length - 1 : raw.length));
  }
  return Buffer.concat(parts);
}
