import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { requireSpace } from '../../transfer/disk-space.ts';
import { SourceError } from '../../transfer/source-error.ts';
import { isSafeRelativePath } from '../uri.ts';

export interface WheelMember {
  readonly name: string;
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  readonly isDeflated: boolean;
  readonly headerOffset: number;
}

const endOfDirectorySignature = 0x06054b50;
const directoryEntrySignature = 0x02014b50;
const localHeaderSignature = 0x04034b50;
const endOfDirectoryBytes = 22;
const maxCommentBytes = 0xffff;
const maxDirectoryBytes = 16 * 1024 * 1024;
const unbounded = 0xffffffff;

/** The directory of a zip archive. Names that lead out of it are refused. */
export async function listWheel(path: string): Promise<WheelMember[]> {
  return withFile(path, async (file, sizeBytes) => {
    const tail = await readAt(
      file,
      Math.max(0, sizeBytes - endOfDirectoryBytes - maxCommentBytes),
      sizeBytes,
    );
    const at = lastIndexOfSignature(tail);
    if (at < 0) throw damaged(path, 'it is no zip archive, or was cut short');
    const bytes = tail.readUInt32LE(at + 12);
    const offset = tail.readUInt32LE(at + 16);
    if (offset === unbounded || bytes > maxDirectoryBytes || offset + bytes > sizeBytes) {
      throw damaged(path, 'its directory is out of bounds');
    }
    return parseDirectory(await readAt(file, offset, offset + bytes), path);
  });
}

/** Unpacks one member into `target`, which appears only complete and with the size that the directory says. */
export async function extractMember(
  path: string,
  member: WheelMember,
  target: string,
  options: { readonly signal: AbortSignal; readonly onBytes: (count: number) => void },
): Promise<void> {
  const part = `${target}.part`;
  await requireSpace(dirname(target), member.sizeBytes);
  try {
    await withFile(path, async (file) => {
      const start = await contentOffset(file, member, path);
      const end = start + member.compressedBytes - 1;
      const packed =
        member.compressedBytes === 0
          ? Readable.from([])
          : file.createReadStream({ start, end, autoClose: false, highWaterMark: 1024 * 1024 });
      let written = 0;
      const count = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of chunks) {
          written += chunk.length;
          // A bomb: more comes out than was declared.
          if (written > member.sizeBytes) throw damaged(path, `${member.name} is longer than declared`);
          options.onBytes(chunk.length);
          yield chunk;
        }
      };
      const sink = createWriteStream(part);
      const { signal } = options;
      if (member.isDeflated) await pipeline(packed, createInflateRaw(), count, sink, { signal });
      else await pipeline(packed, count, sink, { signal });
      if (written !== member.sizeBytes) throw damaged(path, `${member.name} is shorter than declared`);
    });
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    throw isOfUnpacking(error, options.signal) ? damaged(path, `${member.name} cannot be unpacked`) : error;
  }
}

/** Of zlib; or of the step behind it, which may be told first that there will be no more. */
function isOfUnpacking(error: unknown, signal: AbortSignal): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code.startsWith('Z_') || (code === 'ABORT_ERR' && !signal.aborted);
}

function parseDirectory(directory: Buffer, path: string): WheelMember[] {
  const members: WheelMember[] = [];
  for (let at = 0; at + 46 <= directory.length; ) {
    if (directory.readUInt32LE(at) !== directoryEntrySignature)
      throw damaged(path, 'its directory is damaged');
    const method = directory.readUInt16LE(at + 10);
    const nameBytes = directory.readUInt16LE(at + 28);
    const restBytes = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    const member: WheelMember = {
      name,
      compressedBytes: directory.readUInt32LE(at + 20),
      sizeBytes: directory.readUInt32LE(at + 24),
      isDeflated: method === 8,
      headerOffset: directory.readUInt32LE(at + 42),
    };
    const isEncrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
    at += 46 + nameBytes + restBytes;
    if (name.endsWith('/')) continue;
    if (!isSafeRelativePath(name)) throw damaged(path, 'it has a member whose name leads out of the archive');
    if ((method !== 0 && method !== 8) || isEncrypted)
      throw damaged(path, `${name} is packed in an unknown way`);
    if (member.sizeBytes === unbounded || member.compressedBytes === unbounded) {
      throw damaged(path, `${name} is larger than 4 GiB, which is not built yet`);
    }
    members.push(member);
  }
  return members;
}

/** The local header repeats the name with an extra field of its own length. */
async function contentOffset(file: FileHandle, member: WheelMember, path: string): Promise<number> {
  const header = await readAt(file, member.headerOffset, member.headerOffset + 30);
  if (header.length < 30 || header.readUInt32LE(0) !== localHeaderSignature) {
    throw damaged(path, `${member.name} is not where the directory says`);
  }
  return member.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

function lastIndexOfSignature(buffer: Buffer): number {
  for (let at = buffer.length - endOfDirectoryBytes; at >= 0; at--) {
    if (buffer.readUInt32LE(at) === endOfDirectorySignature) return at;
  }
  return -1;
}

async function readAt(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
  return buffer.subarray(0, bytesRead);
}

async function withFile<T>(
  path: string,
  work: (file: FileHandle, sizeBytes: number) => Promise<T>,
): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await work(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

function damaged(path: string, what: string): SourceError {
  return new SourceError('ModelDownloadFailed', `${path.split('/').at(-1)}: ${what}`);
}
