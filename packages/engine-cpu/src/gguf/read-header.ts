import { open } from 'node:fs/promises';
import { ggufErrors } from './errors.ts';
import { HeaderCursor } from './header-cursor.ts';
import { defaultAlignment, type GgufScalar, type GgufTensorInfo, ggufMagic } from './types.ts';

export interface GgufHeader {
  /** Scalars only; arrays (vocabularies) are skipped and appear as their length in `arrayLengths`. */
  readonly metadata: ReadonlyMap<string, GgufScalar>;
  readonly arrayLengths: ReadonlyMap<string, number>;
  readonly tensors: readonly GgufTensorInfo[];
  readonly fileBytes: number;
}

/**
 * Reads and checks the header of a GGUF file. A file cut short is found here, with both sizes, before llama.cpp maps
 * it: reading past the end of a mapped file would kill the process.
 */
export async function readGgufHeader(file: string): Promise<GgufHeader> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const cursor = new HeaderCursor(file, size, (buffer, position) =>
      handle.read(buffer, 0, buffer.length, position),
    );
    return await readHeader(cursor, file, size);
  } finally {
    await handle.close();
  }
}

async function readHeader(cursor: HeaderCursor, file: string, size: number): Promise<GgufHeader> {
  const magic = await cursor.u32();
  if (magic !== ggufMagic) throw ggufErrors.NOT_GGUF({ file, found: describeMagic(magic) });
  const version = await cursor.u32();
  if (version !== 2 && version !== 3) throw ggufErrors.VERSION({ file, version });
  const tensorCount = await cursor.count('tensor count', 100_000);
  const keyCount = await cursor.count('key count', 100_000);
  const metadata = new Map<string, GgufScalar>();
  const arrayLengths = new Map<string, number>();
  for (let i = 0; i < keyCount; i++) {
    const key = await cursor.string();
    const type = await cursor.u32();
    if (type === arrayType) arrayLengths.set(key, await skipArray(cursor));
    else metadata.set(key, await cursor.scalar(type));
  }
  const tensors: GgufTensorInfo[] = [];
  for (let i = 0; i < tensorCount; i++) tensors.push(await readTensorInfo(cursor));
  checkSize({ file, size, dataStart: align(cursor.position, alignmentOf(metadata)), tensors });
  return { metadata, arrayLengths, tensors, fileBytes: size };
}

const arrayType = 9;

async function skipArray(cursor: HeaderCursor): Promise<number> {
  const type = await cursor.u32();
  const length = await cursor.count('array length', 10_000_000);
  await cursor.skipScalars(type, length);
  return length;
}

async function readTensorInfo(cursor: HeaderCursor): Promise<GgufTensorInfo> {
  const name = await cursor.string();
  const rank = await cursor.u32();
  if (rank > 8) throw cursor.corrupt(`tensor ${name} has ${rank} dimensions`);
  const dimensions: number[] = [];
  for (let i = 0; i < rank; i++) dimensions.push(await cursor.count('dimension', Number.MAX_SAFE_INTEGER));
  const type = await cursor.u32();
  return { name, dimensions, type, offset: await cursor.count('tensor offset', Number.MAX_SAFE_INTEGER) };
}

/** Elements per block and bytes per block of ggml's types, by code; a type not listed is checked by its offset only. */
const blockSizes: Readonly<Record<number, readonly [elements: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  30: [1, 2],
};

function checkSize(input: {
  readonly file: string;
  readonly size: number;
  readonly dataStart: number;
  readonly tensors: readonly GgufTensorInfo[];
}): void {
  let needed = input.dataStart;
  for (const tensor of input.tensors) {
    needed = Math.max(needed, input.dataStart + tensor.offset + tensorBytes(tensor));
  }
  if (input.tensors.length > 0 && needed > input.size) {
    throw ggufErrors.TRUNCATED({ file: input.file, size: input.size, needed });
  }
}

function tensorBytes(tensor: GgufTensorInfo): number {
  const elements = tensor.dimensions.reduce((product, dimension) => product * dimension, 1);
  const [perBlock, bytes] = blockSizes[tensor.type] ?? [1, 0];
  return Math.ceil(elements / perBlock) * bytes;
}

function alignmentOf(metadata: ReadonlyMap<string, GgufScalar>): number {
  const value = Number(metadata.get('general.alignment') ?? defaultAlignment);
  return Number.isSafeInteger(value) && value > 0 ? value : defaultAlignment;
}

function align(position: number, alignment: number): number {
  return Math.ceil(position / alignment) * alignment;
}

function describeMagic(magic: number): string {
  const bytes = [0, 8, 16, 24].map((shift) => (magic >>> shift) & 0xff);
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? `"${String.fromCharCode(...bytes)}"` : `0x${magic.toString(16).padStart(8, '0')}`;
}
