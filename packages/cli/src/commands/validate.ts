import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { SurroundingsOptions } from '../offline/surroundings.ts';
import { validate } from '../offline/validate.ts';
import { withClusterOptions, withFiles, withOutput } from './options.ts';

/** `weir validate -f FILE`: what an API server with our webhooks and the controller would say. */
export function configureValidate(command: Command, context: CliContext): void {
  withFiles(command).option(
    '--live',
    'with the presets and settings of a cluster instead of the shipped ones',
  );
  withOutput(withClusterOptions(command), 'json or yaml').action(async (options: SurroundingsOptions) => {
    command.setOptionValue('exitCode', await validate(context, options));
  });
}
