import type { WeirError } from '@weir/core/errors';
import { ggufErrors } from './errors.ts';
import type { GgufScalar } from './types.ts';

type ReadAt = (buffer: Uint8Array, position: number) => Promise<{ bytesRead: number }>;

const windowBytes = 256 * 1024;
const maxStringBytes = 4 * 1024 * 1024;

/** Bytes of fixed-size value types by code: u8, i8, u16, i16, u32, i32, f32, bool, (string, array), u64, i64, f64. */
const fixedBytes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const stringType = 8;

/** Reads little-endian values in order through a window, so that a 2 GB file costs a few small reads. */
export class HeaderCursor {
  readonly #file: string;
  readonly #size: number;
  readonly #readAt: ReadAt;
  #window: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(0));
  #start = 0;
  position = 0;

  constructor(file: string, size: number, readAt: ReadAt) {
    this.#file = file;
    this.#size = size;
    this.#readAt = readAt;
  }

  corrupt(detail: string): WeirError {
    return ggufErrors.CORRUPT({ file: this.#file, position: this.position, detail });
  }

  async u32(): Promise<number> {
    const { view, at } = await this.#take(4);
    return view.getUint32(at, true);
  }

  /** An unsigned 64-bit number that must not exceed `limit`. */
  async count(what: string, limit: number): Promise<number> {
    const { view, at } = await this.#take(8);
    const value = view.getBigUint64(at, true);
    if (value > BigInt(limit)) throw this.corrupt(`${what} is ${value}`);
    return Number(value);
  }

  async string(): Promise<string> {
    const length = await this.count('string length', maxStringBytes);
    const { view, at } = await this.#take(length);
    return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
  }

  async scalar(type: number): Promise<GgufScalar> {
    if (type === stringType) return this.string();
    const bytes = fixedBytes[type];
    if (bytes === undefined) throw this.corrupt(`value type ${type} is unknown`);
    const { view, at } = await this.#take(bytes);
    return readFixed(view, at, type);
  }

  async skipScalars(type: number, count: number): Promise<void> {
    const bytes = fixedBytes[type];
    if (bytes !== undefined) this.#advance(bytes * count);
    else if (type !== stringType) throw this.corrupt(`array of value type ${type}`);
    else for (let i = 0; i < count; i++) this.#advance(await this.count('string length', maxStringBytes));
  }

  #advance(bytes: number): void {
    if (this.position + bytes > this.#size) throw this.#tooShort(bytes);
    this.position += bytes;
  }

  async #take(bytes: number): Promise<{ view: DataView<ArrayBuffer>; at: number }> {
    if (this.position + bytes > this.#size) throw this.#tooShort(bytes);
    const isInside =
      this.position >= this.#start && this.position + bytes <= this.#start + this.#window.byteLength;
    if (!isInside) await this.#load(Math.max(bytes, windowBytes));
    const at = this.position - this.#start;
    this.position += bytes;
    return { view: this.#window, at };
  }

  async #load(bytes: number): Promise<void> {
    const buffer = new Uint8Array(Math.min(bytes, this.#size - this.position));
    const { bytesRead } = await this.#readAt(buffer, this.position);
    this.#window = new DataView(buffer.buffer, 0, bytesRead);
    this.#start = this.position;
  }

  #tooShort(bytes: number): WeirError {
    return ggufErrors.TRUNCATED({ file: this.#file, size: this.#size, needed: this.position + bytes });
  }
}

function readFixed(view: DataView, at: number, type: number): GgufScalar {
  switch (type) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getUint16(at, true);
    case 3:
      return view.getInt16(at, true);
    case 4:
      return view.getUint32(at, true);
    case 5:
      return view.getInt32(at, true);
    case 6:
      return view.getFloat32(at, true);
    case 7:
      return view.getUint8(at) !== 0;
    case 10:
      return view.getBigUint64(at, true);
    case 11:
      return view.getBigInt64(at, true);
    default:
      return view.getFloat64(at, true);
  }
}
