import { statfs } from 'node:fs/promises';
import { sizeText } from './sizes.ts';
import { SourceError } from './source-error.ts';

/** Fails before the first byte rather than at the last one. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new SourceError(
    'ModelDownloadFailed',
    `no space left on device for the model: ${folder} has ${sizeText(free)} free, ${sizeText(bytes)} are needed; free some, or move the cache`,
  );
}
