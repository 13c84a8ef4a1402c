import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { SurroundingsOptions } from '../offline/surroundings.ts';
import { withClusterOptions, withOutput } from './options.ts';
import { withFiles } from './validate.ts';

const exitCodes = `
Exit codes: 0 nothing would change, 2 something would, 1 the server refuses an object or cannot be reached.`;

/** `weir diff -f FILE`: what applying the files would change in a cluster or on the local platform. */
export function registerDiff(program: Command, context: CliContext): void {
  const command = withFiles(
    program
      .command('diff')
      .description('show what applying manifests would change, in the objects made because of them too')
      .addHelpText('after', exitCodes),
  );
  withOutput(withClusterOptions(command), 'unified diff (default), or json with a list of fields').action(
    async (options: SurroundingsOptions) => {
      const { diff } = await import('../offline/diff.ts');
      program.setOptionValue('exitCode', await diff(context, options));
    },
  );
}
