import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { SurroundingsOptions } from '../offline/surroundings.ts';
import { withClusterOptions } from './options.ts';
import { withFiles } from './validate.ts';

/** `weir diff -f FILE`: what applying the files would change in a cluster or on the local platform. */
export function registerDiff(program: Command, context: CliContext): void {
  const command = withFiles(
    program
      .command('diff')
      .description('show what applying manifests would change; exit code 2 when something would'),
  );
  withClusterOptions(command).action(async (options: SurroundingsOptions) => {
    const { diff } = await import('../offline/diff.ts');
    program.setOptionValue('exitCode', await diff(context, options));
  });
}
