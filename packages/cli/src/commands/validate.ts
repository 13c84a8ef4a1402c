import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { SurroundingsOptions } from '../offline/surroundings.ts';
import { withClusterOptions, withOutput } from './options.ts';

/** Options of the commands that judge files. */
export function withFiles(command: Command): Command {
  return command
    .requiredOption('-f, --filename <path...>', 'file, folder or -')
    .option('--system-namespace <name>', 'namespace of the presets', 'kserve');
}

/** `weir validate -f FILE`: what an API server with our webhooks and the controller would say. */
export function registerValidate(program: Command, context: CliContext): void {
  const command = withFiles(
    program
      .command('validate')
      .description('check manifests without a cluster; exit code 2 when one is wrong'),
  ).option('--live', 'with the presets and settings of a cluster instead of the shipped ones');
  withOutput(withClusterOptions(command), 'json or yaml').action(async (options: SurroundingsOptions) => {
    const { validate } = await import('../offline/validate.ts');
    program.setOptionValue('exitCode', await validate(context, options));
  });
}
