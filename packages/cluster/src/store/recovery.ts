import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '@weir/core/log';
import { storeErrors } from './errors.ts';
import type { ReplayTarget, StoreImage } from './journal.ts';
import {
  decodeLine,
  encodeLine,
  hasLineAfter,
  type JournalBatch,
  type JournalEntry,
} from './journal-format.ts';

/**
 * The files of a data folder: `snapshot-N` is the state when `journal-N` began, so the newest snapshot and the
 * journals from its number on are the whole state. Older files are left over from a compaction that was cut off.
 */
interface Recovered {
  readonly generation: number;
  readonly sequence: number;
  readonly journalBytes: number;
  readonly snapshotBytes: number;
}

interface SnapshotHead {
  readonly revision: number;
  readonly sequence: number;
  readonly count: number;
}

export function journalName(generation: number): string {
  return `journal-${String(generation).padStart(8, '0')}`;
}

function snapshotName(generation: number): string {
  return `snapshot-${String(generation).padStart(8, '0')}`;
}

/** Reads everything that was acknowledged. Cuts a torn tail; refuses damage anywhere else. */
export async function recover(folder: string, target: ReplayTarget, log: Logger): Promise<Recovered> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = await readdir(folder);
  for (const name of names.filter((name) => name.endsWith('.tmp'))) await rm(path.join(folder, name));
  const snapshot = Math.max(0, ...numbersOf(names, 'snapshot-'));
  const journals = numbersOf(names, 'journal-').filter((generation) => generation >= snapshot);
  const loaded = snapshot === 0 ? { sequence: 0, bytes: 0 } : await loadSnapshot(folder, snapshot, target);
  let { sequence } = loaded;
  let journalBytes = 0;
  for (const generation of journals) {
    const isLast = generation === journals.at(-1);
    const replayed = await replay(path.join(folder, journalName(generation)), {
      sequence,
      isLast,
      target,
      log,
    });
    sequence = replayed.sequence;
    journalBytes = replayed.bytes;
  }
  const generation = journals.at(-1) ?? Math.max(snapshot, 1);
  if (journals.length === 0) await createJournalFile(folder, generation);
  return { generation, sequence, journalBytes, snapshotBytes: loaded.bytes };
}

/** An empty journal whose name is durable. */
export async function createJournalFile(folder: string, generation: number): Promise<void> {
  const handle = await open(path.join(folder, journalName(generation)), 'w', 0o600);
  await handle.sync();
  await handle.close();
  await syncFolder(folder);
}

/** Writes a snapshot beside the running journal; it counts from the rename on. Returns its size. */
export async function writeSnapshot(
  folder: string,
  generation: number,
  sequence: number,
  image: StoreImage,
): Promise<number> {
  const file = path.join(folder, snapshotName(generation));
  const entries = [...image.entries];
  const head: SnapshotHead = { revision: image.revision, sequence, count: entries.length };
  const handle = await open(`${file}.tmp`, 'w', 0o600);
  let bytes = 0;
  try {
    for (const value of [head, ...entries]) {
      const line = encodeLine(value);
      bytes += line.length;
      await handle.writeFile(line);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
  await syncFolder(folder);
  return bytes;
}

/** Removes files that the snapshot of `generation` made superfluous. */
export async function removeBefore(folder: string, generation: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const number = Number(/^(?:journal|snapshot)-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (number < generation) await rm(path.join(folder, name), { force: true });
  }
}

function numbersOf(names: readonly string[], prefix: string): number[] {
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

async function loadSnapshot(
  folder: string,
  generation: number,
  target: ReplayTarget,
): Promise<{ sequence: number; bytes: number }> {
  const file = path.join(folder, snapshotName(generation));
  const data = await readWhole(file);
  const head = decodeLine<SnapshotHead>(data, 0);
  if (head === null) throw storeErrors.CORRUPT({ file, offset: 0 });
  const entries: JournalEntry[] = [];
  let offset = head.end;
  while (offset < data.length || entries.length < head.value.count) {
    const line = decodeLine<JournalEntry>(data, offset);
    if (line === null) throw storeErrors.CORRUPT({ file, offset });
    entries.push(line.value);
    offset = line.end;
  }
  target.load(entries, head.value.revision);
  return { sequence: head.value.sequence, bytes: data.length };
}

async function replay(
  file: string,
  options: { sequence: number; isLast: boolean; target: ReplayTarget; log: Logger },
): Promise<{ sequence: number; bytes: number }> {
  const data = await readWhole(file);
  let { sequence } = options;
  let offset = 0;
  while (offset < data.length) {
    const line = decodeLine<JournalBatch>(data, offset);
    if (line === null) {
      if (!options.isLast || hasLineAfter(data, offset)) throw storeErrors.CORRUPT({ file, offset });
      await cutTail(file, offset);
      options.log.warn('journal ended in a torn record, which was cut', {
        file,
        offset,
        bytes: data.length - offset,
      });
      break;
    }
    if (line.value.sequence !== sequence + 1) {
      throw storeErrors.GAP({ file, offset, expected: sequence, found: line.value.sequence });
    }
    sequence = line.value.sequence;
    for (const entry of line.value.entries) options.target.apply(entry);
    offset = line.end;
  }
  return { sequence, bytes: offset };
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw storeErrors.UNREADABLE({ file, reason: (cause as Error).message }, { cause });
  }
}

async function cutTail(file: string, size: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.truncate(size);
  await handle.sync();
  await handle.close();
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  // Some systems cannot sync a folder; there the rename is as durable as they make it.
  await handle.sync().catch(() => {});
  await handle.close();
}
