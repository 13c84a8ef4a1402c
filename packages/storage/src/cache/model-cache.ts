import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson, sha256Hex } from '@weir/core/hash';
import { isSafeRelativePath } from '../schemes/uri.ts';
import { sha256OfFile } from '../transfer/checksum.ts';
import { codeOf } from '../transfer/source-error.ts';

interface CachedFile {
  /** Relative to the model's folder. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** When the contents were last checked, by the file's own clock. */
  readonly mtimeMs: number;
}

/** Written last: a model without one is not complete. */
export interface ModelManifest {
  readonly uri: string;
  readonly files: readonly CachedFile[];
}

/** Files up to this size are hashed at every use, larger ones only when size or time of change differ. */
const alwaysHashedBytes = 256 * 1024 * 1024;

/**
 * Models by URI, their contents by SHA-256: two models that share a file keep it once. Several processes may use one
 * folder; who writes a model holds its lock.
 */
export class ModelCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  lockPath(uri: string): string {
    return join(this.#folder, 'locks', `${sha256Hex(uri)}.lock`);
  }

  /** Where a download of the model puts its files; what is left there is resumed. */
  stagingFolder(uri: string): string {
    return join(this.#folder, 'staging', sha256Hex(uri));
  }

  blobPath(sha256: string): string {
    return join(this.#folder, 'blobs', 'sha256', sha256);
  }

  /** The complete and undamaged model; null when there is none. A damaged file is removed. */
  async find(uri: string, signal: AbortSignal): Promise<ModelManifest | null> {
    const manifest = await this.#readManifest(uri);
    if (manifest === null) return null;
    for (const file of manifest.files) {
      if (await this.#isIntact(file, signal)) continue;
      await rm(this.blobPath(file.sha256), { force: true });
      await rm(this.#manifestPath(uri), { force: true });
      return null;
    }
    return manifest;
  }

  /** Takes the files of the staging folder in. */
  async store(uri: string, paths: readonly string[], signal: AbortSignal): Promise<ModelManifest> {
    const staging = this.stagingFolder(uri);
    const files: CachedFile[] = [];
    for (const path of [...paths].sort()) files.push(await this.#takeIn(staging, path, signal));
    const manifest: ModelManifest = { uri, files };
    const target = this.#manifestPath(uri);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.part`, JSON.stringify(manifest, null, 2));
    await rename(`${target}.part`, target);
    await rm(staging, { recursive: true, force: true });
    return manifest;
  }

  async #takeIn(staging: string, path: string, signal: AbortSignal): Promise<CachedFile> {
    const source = join(staging, path);
    const sha256 = await sha256OfFile(source, signal);
    const blob = this.blobPath(sha256);
    await mkdir(dirname(blob), { recursive: true });
    await chmod(source, 0o444);
    await rename(source, blob);
    const { size, mtimeMs } = await stat(blob);
    return { path, sizeBytes: size, sha256, mtimeMs };
  }

  async #isIntact(file: CachedFile, signal: AbortSignal): Promise<boolean> {
    const blob = this.blobPath(file.sha256);
    try {
      const { size, mtimeMs } = await stat(blob);
      if (size !== file.sizeBytes) return false;
      if (size > alwaysHashedBytes && mtimeMs === file.mtimeMs) return true;
      return (await sha256OfFile(blob, signal)) === file.sha256;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async #readManifest(uri: string): Promise<ModelManifest | null> {
    try {
      const manifest = JSON.parse(await readFile(this.#manifestPath(uri), 'utf8')) as ModelManifest;
      const isSound =
        manifest.uri === uri &&
        manifest.files.length > 0 &&
        manifest.files.every(({ path, sha256 }) => isSafeRelativePath(path) && /^[0-9a-f]{64}$/.test(sha256));
      return isSound ? manifest : null;
    } catch {
      // Absent, or cut short by a crash: as if never downloaded.
      return null;
    }
  }

  #manifestPath(uri: string): string {
    return join(this.#folder, 'models', `${sha256Hex(uri)}.json`);
  }
}

/** One number for a whole model: the file's own for a single file, else over names and contents. */
export function modelSha256(files: readonly Pick<CachedFile, 'path' | 'sha256'>[]): string {
  const [first] = files;
  if (files.length === 1 && first !== undefined) return first.sha256;
  return sha256Hex(canonicalJson(files.map(({ path, sha256 }) => [path, sha256])));
}
