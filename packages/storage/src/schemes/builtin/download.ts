import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { nearest } from '@weir/core/errors';
import { SourceError } from '../../transfer/source-error.ts';
import type { DownloadContext } from '../scheme.ts';
import type { BuiltinSource } from './attach.ts';

const fileName = 'model.gguf';

/** Has the model made by the generator of that name. */
export async function generateBuiltin(
  { name }: BuiltinSource,
  folder: string,
  { builtins, progress }: DownloadContext,
): Promise<readonly string[]> {
  const generate = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  if (generate === undefined) {
    const names = [...Object.keys(builtins), 'smol'].sort();
    const close = nearest(name, names);
    const hint = close === null ? '' : `, did you mean builtin://${close}?`;
    const known = names.map((known) => `builtin://${known}`).join(', ');
    throw new SourceError('ModelNotFound', `no built-in model "${name}"${hint}; there are ${known}`);
  }
  progress.say(`generating the built-in model ${name}`);
  const part = join(folder, `${fileName}.part`);
  await rm(part, { force: true });
  await generate(part);
  await rename(part, join(folder, fileName));
  return [fileName];
}
