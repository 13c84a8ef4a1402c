import { Command, CommanderError } from 'commander';
import { registerApply } from './commands/apply.ts';
import { registerChat } from './commands/chat.ts';
import { registerDelete } from './commands/delete.ts';
import { registerDiff } from './commands/diff.ts';
import { registerDown } from './commands/down.ts';
import { registerGet } from './commands/get.ts';
import { registerLogs } from './commands/logs.ts';
import { registerCrds, registerManifests, registerPresets } from './commands/manifests.ts';
import { registerRender } from './commands/render.ts';
import { registerStatus } from './commands/status.ts';
import { registerUp } from './commands/up.ts';
import { registerValidate } from './commands/validate.ts';
import { registerVersion, weirVersion } from './commands/version.ts';
import type { CliContext } from './context.ts';
import { roleSummaries } from './roles.ts';

/** Every command, in the order of the help text. One file per command: add yours here. */
const commands: readonly ((program: Command, context: CliContext) => void)[] = [
  registerUp,
  registerDown,
  registerStatus,
  registerApply,
  registerValidate,
  registerRender,
  registerDiff,
  registerGet,
  registerDelete,
  registerLogs,
  registerChat,
  registerCrds,
  registerPresets,
  registerManifests,
  registerVersion,
];

/** Parses and runs one command line; returns the exit code. */
export async function runProgram(context: CliContext, argv: readonly string[]): Promise<number> {
  const program = new Command('weir')
    .description('Serve LLMs from one YAML, on a laptop or on any Kubernetes.')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .version(weirVersion())
    .showSuggestionAfterError(true)
    .exitOverride();
  for (const register of commands) register(program, context);
  const roles = roleSummaries().map(([name, summary]) => `  ${name.padEnd(22)}${summary}`);
  program.addHelpText(
    'after',
    `\nRoles (one process each, with KUBECONFIG or in a pod; \`weir ROLE --help\`):\n${roles.join('\n')}`,
  );
  let exitCode = 0;
  program.hook('postAction', () => {
    exitCode = Number(program.getOptionValue('exitCode') ?? 0);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  return exitCode;
}
