import type { Command } from 'commander';
import { stringify } from 'yaml';
import { type CliContext, weirVersion } from '../context.ts';
import { type CommonOptions, withOutput } from './options.ts';

/** `weir version`: of this program and of what runs it. */
export function configureVersion(command: Command, context: CliContext): void {
  withOutput(command, 'json or yaml').action((options: CommonOptions) => {
    const value = { schema: 'weir.dev/version/v1', version: weirVersion(), node: process.version };
    if (options.output === 'json') context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    else if (options.output === 'yaml') context.stdout.write(stringify(value));
    else context.stdout.write(`weir ${value.version} (node ${value.node})\n`);
  });
}
