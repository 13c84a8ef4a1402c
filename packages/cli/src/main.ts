import { WeirError } from '@weir/core/errors';
import { isKubeError } from '@weir/kube';
import type { CliContext } from './context.ts';
import { isRole, runRole } from './roles.ts';

/** Runs the command line of this process and ends it with the exit code: 0 ok, 1 error, 2 problems found. */
export async function main(): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => stop.abort(new Error(signal)));
  // A reader that went away (`weir get … | head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  const context: CliContext = {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    signal: stop.signal,
  };
  const exitCode = await run(context, process.argv.slice(2));
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(exitCode);
}

/** A pipe takes 64 KiB at once; leaving earlier would cut off the rest. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

async function run(context: CliContext, argv: readonly string[]): Promise<number> {
  try {
    const [first = '', ...rest] = argv;
    if (isRole(first)) return await runRole(first, context, rest);
    const { runProgram } = await import('./program.ts');
    return await runProgram(context, argv);
  } catch (error) {
    context.stderr.write(`${describe(error)}\n`);
    return 1;
  }
}

function describe(error: unknown): string {
  if (isKubeError(error)) return `Error from server (${error.reason}): ${error.message}`;
  if (error instanceof WeirError) return `error: ${error.message}`;
  if (error instanceof Error) {
    const { cause } = error;
    const hint = nextSteps[codeOf(error) ?? codeOf(cause) ?? ''];
    return `error: ${error.message}${cause instanceof Error ? `: ${cause.message}` : ''}${hint === undefined ? '' : ` — ${hint}`}`;
  }
  return `error: ${String(error)}`;
}

/** What to do about failures of the machine, by their code. */
const nextSteps: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'no server answers there: start it with `weir up`, or choose another --kubeconfig or --context',
  ENOSPC: 'the disk is full: free space and try again',
  EDQUOT: 'the disk quota is used up: free space and try again',
};

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
