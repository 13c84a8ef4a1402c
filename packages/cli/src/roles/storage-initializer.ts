import type { Logger } from '@weir/core/log';
import { generateTinyRandom } from '@weir/engine-cpu';
import { runStorageInitializer } from '@weir/storage/download';
import type { CliContext } from '../context.ts';

/** `weir storage-initializer SOURCE FOLDER [SOURCE FOLDER…]`. */
export function runStorageRole(context: CliContext, argv: readonly string[], log: Logger): Promise<number> {
  return runStorageInitializer([...argv], {
    env: context.env,
    log,
    signal: context.signal,
    stdout: context.stdout,
    builtins: { 'tiny-random': generateTinyRandom },
  });
}
