import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { TestNetwork } from './test-network.ts';

export interface ChildProgram {
  readonly name: string;
  readonly logFile: string;
  /** Ends the program; its data is thrown away anyway. The signal is the program's `endSignal` if none is given. */
  stop(signal?: EndSignal): Promise<void>;
}

export type EndSignal = 'KILL' | 'TERM';

export interface ChildProgramOptions {
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the network of the machine. */
  readonly network?: Pick<TestNetwork, 'command'>;
  /** What it gets at the end of the test or of the test runner; default KILL. */
  readonly endSignal?: EndSignal;
}

// The shell holds the program on a leash: when our end of its standard input closes, for whatever reason (even a
// kill -9 of the test runner), the program is killed. Nothing outlives a test run.
const leash =
  'end=$1; shift; "$@" & child=$!; read -r signal && end=$signal; kill -s $end $child; wait $child';

export function startProgram(
  name: string,
  command: string,
  args: readonly string[],
  options: ChildProgramOptions,
): ChildProgram {
  const { logFile, env, network, endSignal = 'KILL' } = options;
  const argv = ['/bin/sh', '-c', leash, name, endSignal, command, ...args];
  const [shell = '', ...rest] = network === undefined ? argv : network.command(argv);
  const log = openSync(logFile, 'a');
  const child = spawn(shell, rest, { stdio: ['pipe', log, log], env: env ?? process.env });
  closeSync(log);
  child.stdin?.on('error', () => {});
  return { name, logFile, stop: (signal) => letGo(child, signal) };
}

function letGo(child: ChildProcess, signal: EndSignal | undefined): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.stdin?.end(signal === undefined ? '' : `${signal}\n`);
  });
}
