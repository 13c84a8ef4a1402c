import { crc32 } from 'node:zlib';
import type { KubeObject } from '@weir/api/meta';

/** One change of one object; `object` is absent for a removal. */
export interface JournalEntry {
  /** `group/plural`, the collection. */
  readonly resource: string;
  /** `namespace/name`, or the name alone. */
  readonly key: string;
  readonly revision: number;
  readonly object?: KubeObject;
}

/** What is written and synced at once: all of it counts or none of it. */
export interface JournalBatch {
  readonly sequence: number;
  readonly entries: readonly JournalEntry[];
}

interface ParsedLine<T> {
  readonly value: T;
  /** Offset of the byte after the line. */
  readonly end: number;
}

const newline = 0x0a;
const checksumDigits = 8;

/** `CRC32 JSON\n`: JSON text holds no raw newline, so a reader can find the next line after damage. */
export function encodeLine(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  const checksum = crc32(text).toString(16).padStart(checksumDigits, '0');
  return Buffer.concat([Buffer.from(`${checksum} `), text, Buffer.from('\n')]);
}

/** The line that starts at `offset`, or null when it is cut short or its checksum does not match. */
export function decodeLine<T>(data: Buffer, offset: number): ParsedLine<T> | null {
  const end = data.indexOf(newline, offset);
  const textStart = offset + checksumDigits + 1;
  if (end < textStart) return null;
  const checksum = data.toString('latin1', offset, offset + checksumDigits);
  const text = data.subarray(textStart, end);
  if (crc32(text).toString(16).padStart(checksumDigits, '0') !== checksum) return null;
  return { value: JSON.parse(text.toString('utf8')) as T, end: end + 1 };
}

/** True when a whole line lies anywhere after the damaged one at `offset`: then the damage is not a torn tail. */
export function hasLineAfter(data: Buffer, offset: number): boolean {
  let start = data.indexOf(newline, offset);
  while (start >= 0) {
    if (decodeLine(data, start + 1) !== null) return true;
    start = data.indexOf(newline, start + 1);
  }
  return false;
}
