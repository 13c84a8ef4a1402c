import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { RenderOptions } from '../offline/render.ts';
import { withClusterOptions, withOutput } from './options.ts';
import { withFiles } from './validate.ts';

/** `weir render -f FILE`: the composed spec and the objects that the controller makes of it. */
export function registerRender(program: Command, context: CliContext): void {
  const command = withFiles(
    program
      .command('render')
      .description('print the composed spec of a service and the objects made from it'),
  )
    .option('--why <field>', 'print only where a field comes from, as spec.template.containers[0].args')
    .option('--live', 'with the presets and settings of a cluster instead of the shipped ones');
  withOutput(withClusterOptions(command), 'yaml (default) or json').action(async (options: RenderOptions) => {
    const { render } = await import('../offline/render.ts');
    program.setOptionValue('exitCode', await render(context, options));
  });
}
