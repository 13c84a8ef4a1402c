import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Memories, Memory } from './rollout/index.ts';

/**
 * Keeps the text of pods packed: it would be a tenth of all memory of the controller, and is nearly always looked at
 * only to find that nothing changed.
 */
export class PackedMemories implements Memories {
  readonly #packed = new Map<string, Map<string, PackedMemory>>();

  get(uid: string, workload: string): Memory {
    const known = this.#packed.get(uid)?.get(workload);
    return known === undefined ? {} : unpack(known);
  }

  set(uid: string, workload: string, memory: Memory): void {
    const ofService = this.#packed.get(uid) ?? new Map<string, PackedMemory>();
    ofService.set(workload, pack(memory));
    this.#packed.set(uid, ofService);
  }

  delete(uid: string, workload: string): void {
    this.#packed.get(uid)?.delete(workload);
  }

  forget(uid: string): void {
    this.#packed.delete(uid);
  }
}

/** `written` as the bytes of a deflated text, one per character: strings are cheaper than small buffers. */
type PackedMemory = Memory;

function pack(memory: Memory): PackedMemory {
  return withWritten(memory, (text) => deflateRawSync(text).toString('latin1'));
}

function unpack(memory: PackedMemory): Memory {
  return withWritten(memory, (text) => inflateRawSync(Buffer.from(text, 'latin1')).toString());
}

function withWritten({ revision, ...rest }: Memory, change: (text: string) => string): Memory {
  if (revision === undefined) return rest;
  return { ...rest, revision: { ...revision, written: change(revision.written) } };
}
