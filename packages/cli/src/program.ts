import { Command, CommanderError } from 'commander';
import { type CliContext, weirVersion } from './context.ts';
import { roleSummaries } from './roles.ts';

interface CommandEntry {
  readonly summary: string;
  /** Gives what adds the options and the action. */
  readonly load: () => Promise<(command: Command, context: CliContext) => void>;
}

/** Every command, in the order of the help text; loaded when it is named. One file per command: add yours here. */
const commands: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: 'start the local platform: API server, controllers, kubelet and gateway',
    load: async () => (await import('./commands/up.ts')).configureUp,
  },
  down: {
    summary: 'stop the local platform; services and models stay for the next `weir up`',
    load: async () => (await import('./commands/down.ts')).configureDown,
  },
  status: {
    summary: 'show the local platform and its services',
    load: async () => (await import('./commands/status.ts')).configureStatus,
  },
  apply: {
    summary: 'apply manifests: files, folders or - for standard input',
    load: async () => (await import('./commands/apply.ts')).configureApply,
  },
  validate: {
    summary: 'check manifests without a cluster; exit code 2 when one is wrong',
    load: async () => (await import('./commands/validate.ts')).configureValidate,
  },
  render: {
    summary: 'print the composed spec of a service and the objects made from it',
    load: async () => (await import('./commands/render.ts')).configureRender,
  },
  diff: {
    summary: 'show what applying manifests would change, in the objects made because of them too',
    load: async () => (await import('./commands/diff.ts')).configureDiff,
  },
  get: {
    summary: 'show objects',
    load: async () => (await import('./commands/get.ts')).configureGet,
  },
  delete: {
    summary: 'delete objects and wait until they are gone',
    load: async () => (await import('./commands/delete.ts')).configureDelete,
  },
  logs: {
    summary: 'print the log of a service (its newest engine pod) or of a pod',
    load: async () => (await import('./commands/logs.ts')).configureLogs,
  },
  chat: {
    summary: 'talk to a service through its URL',
    load: async () => (await import('./commands/chat.ts')).configureChat,
  },
  crds: {
    summary: 'print the CRDs of LLMInferenceService (kubectl apply --server-side -f -)',
    load: async () => (await import('./commands/manifests.ts')).configureCrds,
  },
  presets: {
    summary: 'print the well-known LLMInferenceServiceConfigs',
    load: async () => (await import('./commands/manifests.ts')).configurePresets,
  },
  manifests: {
    summary: 'print what runs the controller in a cluster (kubectl apply --server-side -f -)',
    load: async () => (await import('./commands/manifests.ts')).configureManifests,
  },
  version: {
    summary: 'print the version',
    load: async () => (await import('./commands/version.ts')).configureVersion,
  },
};

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
  const named = nameOfCommand(argv);
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = program.command(name).description(summary);
    // Of the others, the help text needs no more than this.
    if (name === named) (await load())(command, context);
  }
  const roles = roleSummaries().map(([name, summary]) => `  ${name.padEnd(22)}${summary}`);
  program.addHelpText(
    'after',
    `\nRoles (one process each, with KUBECONFIG or in a pod; \`weir ROLE --help\`):\n${roles.join('\n')}`,
  );
  let exitCode = 0;
  program.hook('postAction', (_program, command) => {
    exitCode = Number(command.getOptionValue('exitCode') ?? 0);
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  return exitCode;
}

/** The first argument that is no option: those before a command have no values. `help` is asked about the next one. */
function nameOfCommand(argv: readonly string[]): string | undefined {
  const [first, second] = argv.filter((argument) => !argument.startsWith('-'));
  return first === 'help' ? second : first;
}
