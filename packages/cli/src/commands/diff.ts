import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { diff } from '../offline/diff.ts';
import type { SurroundingsOptions } from '../offline/surroundings.ts';
import { withClusterOptions, withFiles, withOutput } from './options.ts';

const exitCodes = `
Exit codes: 0 nothing would change, 2 something would, 1 the server refuses an object or cannot be reached.`;

/** `weir diff -f FILE`: what applying the files would change in a cluster or on the local platform. */
export function configureDiff(command: Command, context: CliContext): void {
  withFiles(command).addHelpText('after', exitCodes);
  withOutput(withClusterOptions(command), 'unified diff (default), or json with a list of fields').action(
    async (options: SurroundingsOptions) => {
      command.setOptionValue('exitCode', await diff(context, options));
    },
  );
}
