import path from 'node:path';
import type { Logger } from '@weir/core/log';
import { storeErrors } from './errors.ts';
import { JournalFile, type OpenHandle, openHandle } from './journal-file.ts';
import { encodeLine, type JournalBatch, type JournalEntry } from './journal-format.ts';
import { createJournalFile, journalName, recover, removeBefore, writeSnapshot } from './recovery.ts';

interface JournalOptions {
  readonly folder: string;
  readonly log: Logger;
  /** A journal of this size is replaced by a snapshot; the snapshot's own size counts when it is larger. */
  readonly compactBytes?: number;
  readonly openHandle?: OpenHandle;
}

/** Receives the stored state while a journal is opened, oldest first. */
export interface ReplayTarget {
  /** State at the time of a snapshot. */
  load(entries: Iterable<JournalEntry>, revision: number): void;
  /** One change after it. */
  apply(entry: JournalEntry): void;
}

/** State of the store at one moment, for a snapshot. */
export interface StoreImage {
  readonly revision: number;
  readonly entries: Iterable<JournalEntry>;
}

/** Makes batches of changes durable, and keeps the files short by snapshots. One writer: calls of `append` do not overlap. */
export class Journal {
  readonly #options: Required<JournalOptions>;
  #file: JournalFile;
  #generation: number;
  #sequence: number;
  #snapshotBytes: number;
  #compaction: Promise<void> | null = null;

  private constructor(
    options: Required<JournalOptions>,
    state: { file: JournalFile; generation: number; sequence: number; snapshotBytes: number },
  ) {
    this.#options = options;
    this.#file = state.file;
    this.#generation = state.generation;
    this.#sequence = state.sequence;
    this.#snapshotBytes = state.snapshotBytes;
  }

  static async open(options: JournalOptions, target: ReplayTarget): Promise<Journal> {
    const full = { compactBytes: 8 * 1024 * 1024, openHandle, ...options };
    const found = await recover(full.folder, target, full.log);
    const file = await openFile(full, found.generation, found.journalBytes);
    return new Journal(full, { ...found, file });
  }

  /** Returns when the entries are on the disk. `image` gives the state that includes all earlier appends. */
  async append(entries: readonly JournalEntry[], image: () => StoreImage): Promise<void> {
    // A file is only left behind when it ends in a whole record: recovery accepts a torn end in the last one alone.
    if (this.#isLarge() && this.#file.isClean && this.#compaction === null) await this.#rotate(image());
    const batch: JournalBatch = { sequence: this.#sequence + 1, entries };
    await this.#file.append(encodeLine(batch));
    this.#sequence = batch.sequence;
  }

  async close(): Promise<void> {
    await this.#compaction;
    await this.#file.close();
  }

  #isLarge(): boolean {
    return this.#file.size > Math.max(this.#options.compactBytes, 2 * this.#snapshotBytes);
  }

  /** New writes go to the next file at once; the snapshot that makes the old one superfluous follows behind them. */
  async #rotate(image: StoreImage): Promise<void> {
    const { folder, log } = this.#options;
    const next = this.#generation + 1;
    let file: JournalFile;
    try {
      await createJournalFile(folder, next);
      file = await openFile(this.#options, next, 0);
    } catch (error) {
      // A full disk: the old file goes on, and its own append reports the failure if there is no room there either.
      log.warn('journal not compacted', { folder, error });
      return;
    }
    await this.#file.close();
    this.#file = file;
    this.#generation = next;
    this.#compaction = this.#compact(next, this.#sequence, image).finally(() => {
      this.#compaction = null;
    });
  }

  async #compact(generation: number, sequence: number, image: StoreImage): Promise<void> {
    const { folder, log } = this.#options;
    try {
      this.#snapshotBytes = await writeSnapshot(folder, generation, sequence, image);
      await removeBefore(folder, generation);
      log.debug('journal compacted', { folder, generation, bytes: this.#snapshotBytes });
    } catch (error) {
      // The older files are still there and complete, so nothing is lost; the next rotation tries again.
      log.warn('snapshot not written', { folder, error });
    }
  }
}

async function openFile(
  options: Required<JournalOptions>,
  generation: number,
  size: number,
): Promise<JournalFile> {
  const file = path.join(options.folder, journalName(generation));
  try {
    return new JournalFile(file, await options.openHandle(file), size);
  } catch (cause) {
    throw storeErrors.WRITE_FAILED({ file, reason: (cause as Error).message }, { cause });
  }
}
