import { defaultAlignment, ggufMagic, ggufVersion } from './types.ts';

/** A metadata value together with how it is stored. */
export type MetadataEntry =
  | { readonly type: 'u32'; readonly value: number }
  | { readonly type: 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'f32s'; readonly value: readonly number[] }
  | { readonly type: 'i32s'; readonly value: readonly number[] };

export interface Tensor {
  readonly name: string;
  /** Contiguous dimension first. */
  readonly dimensions: readonly number[];
  readonly data: Float32Array;
}

/** A GGUF file (version 3, little endian) of f32 tensors. */
export function writeGguf(
  metadata: Readonly<Record<string, MetadataEntry>>,
  tensors: readonly Tensor[],
): Uint8Array {
  const header = new ByteWriter();
  header.u32(ggufMagic);
  header.u32(ggufVersion);
  header.u64(tensors.length);
  header.u64(Object.keys(metadata).length);
  for (const [key, entry] of Object.entries(metadata)) {
    header.string(key);
    writeEntry(header, entry);
  }
  let offset = 0;
  for (const tensor of tensors) {
    header.string(tensor.name);
    header.u32(tensor.dimensions.length);
    for (const dimension of tensor.dimensions) header.u64(dimension);
    header.u32(0);
    header.u64(offset);
    offset = align(offset + tensor.data.byteLength);
  }
  return join(header.bytes(), tensors, offset);
}

function join(header: Uint8Array, tensors: readonly Tensor[], dataBytes: number): Uint8Array {
  const start = align(header.length);
  const file = new Uint8Array(start + dataBytes);
  file.set(header);
  let position = start;
  for (const { data } of tensors) {
    const view = new DataView(file.buffer, position, data.byteLength);
    data.forEach((value, i) => {
      view.setFloat32(i * 4, value, true);
    });
    position = align(position + data.byteLength);
  }
  return file;
}

function align(position: number): number {
  return Math.ceil(position / defaultAlignment) * defaultAlignment;
}

function writeEntry(writer: ByteWriter, entry: MetadataEntry): void {
  switch (entry.type) {
    case 'u32':
      writer.u32(4);
      writer.u32(entry.value);
      return;
    case 'f32':
      writer.u32(6);
      writer.f32(entry.value);
      return;
    case 'bool':
      writer.u32(7);
      writer.u8(entry.value ? 1 : 0);
      return;
    case 'string':
      writer.u32(8);
      writer.string(entry.value);
      return;
    case 'strings':
      writer.array(8, entry.value.length);
      for (const item of entry.value) writer.string(item);
      return;
    case 'f32s':
      writer.array(6, entry.value.length);
      for (const item of entry.value) writer.f32(item);
      return;
    case 'i32s':
      writer.array(5, entry.value.length);
      for (const item of entry.value) writer.i32(item);
      return;
  }
}

class ByteWriter {
  #buffer = new Uint8Array(1024);
  #length = 0;

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
  u8(value: number): void {
    this.#reserve(1).setUint8(0, value);
  }
  u32(value: number): void {
    this.#reserve(4).setUint32(0, value, true);
  }
  i32(value: number): void {
    this.#reserve(4).setInt32(0, value, true);
  }
  f32(value: number): void {
    this.#reserve(4).setFloat32(0, value, true);
  }
  u64(value: number): void {
    this.#reserve(8).setBigUint64(0, BigInt(value), true);
  }
  string(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.u64(bytes.length);
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length - bytes.length);
  }
  array(type: number, length: number): void {
    this.u32(9);
    this.u32(type);
    this.u64(length);
  }

  /** Room for `bytes` more, as a view that starts there. */
  #reserve(bytes: number): DataView {
    const start = this.#length;
    this.#length += bytes;
    if (this.#length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#buffer.length * 2));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    return new DataView(this.#buffer.buffer, start, bytes);
  }
}
