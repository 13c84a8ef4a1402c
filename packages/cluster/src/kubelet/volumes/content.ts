import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256Hex } from '@weir/core/hash';

export interface FileContent {
  readonly data: Buffer;
  readonly mode: number;
}

/** Relative path → content. */
export type Files = ReadonlyMap<string, FileContent>;

const dataLink = '..data';

/**
 * Shows exactly these files in the folder. All change at once: they lie in a versioned folder that the link
 * `..data` points to, and the names in the folder point through that link.
 */
export function publishFiles(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const version = `..${digestOf(files).slice(0, 16)}`;
  const current = readLink(join(folder, dataLink));
  if (current === version) return;
  const staged = join(folder, version);
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { mode: 0o755 });
  for (const [path, { data, mode }] of files) {
    const target = join(staged, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, data);
    chmodSync(target, mode);
  }
  symlinkSync(version, join(folder, `${dataLink}.new`));
  renameSync(join(folder, `${dataLink}.new`), join(folder, dataLink));
  linkNames(folder, new Set([...files.keys()].map((path) => path.split('/')[0] ?? path)));
  if (current !== undefined) rmSync(join(folder, current), { recursive: true, force: true });
}

function linkNames(folder: string, names: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('..') && !names.has(name)) unlinkSync(join(folder, name));
  }
  for (const name of names)
    if (readLink(join(folder, name)) === undefined) symlinkSync(join(dataLink, name), join(folder, name));
}

function digestOf(files: Files): string {
  const parts = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { data, mode }]) => `${path}\0${mode}\0${sha256Hex(data)}`);
  return sha256Hex(parts.join('\n'));
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The published bytes of one file, when there are any. */
export function readPublished(folder: string, path: string): Buffer | undefined {
  const file = join(folder, dataLink, path);
  return existsSync(file) ? readFileSync(file) : undefined;
}
