import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { type CliContext, installRoot } from '../context.ts';
import { type CommonOptions, withOutput } from './options.ts';

/** Version of this installation. */
export function weirVersion(): string {
  return (JSON.parse(readFileSync(path.join(installRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
}

export function registerVersion(program: Command, context: CliContext): void {
  const command = program.command('version').description('print the version');
  withOutput(command, 'json or yaml').action((options: CommonOptions) => {
    const value = { schema: 'weir.dev/version/v1', version: weirVersion(), node: process.version };
    if (options.output === 'json') context.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    else if (options.output === 'yaml') context.stdout.write(stringify(value));
    else context.stdout.write(`weir ${value.version} (node ${value.node})\n`);
  });
}
