import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { type RenderOptions, render } from '../offline/render.ts';
import { withClusterOptions, withFiles, withOutput } from './options.ts';

/** `weir render -f FILE`: the composed spec and the objects that the controller makes of it. */
export function configureRender(command: Command, context: CliContext): void {
  withFiles(command)
    .option('--why <field>', 'print only where a field comes from, as spec.template.containers[0].args')
    .option('--live', 'with the presets and settings of a cluster instead of the shipped ones');
  withOutput(withClusterOptions(command), 'yaml (default) or json').action(async (options: RenderOptions) => {
    command.setOptionValue('exitCode', await render(context, options));
  });
}
