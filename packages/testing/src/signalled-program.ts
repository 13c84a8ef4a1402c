import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ChildProgram } from './child-program.ts';

/** A program that tests send signals to, and whose end they watch. */
export interface SignalledProgram extends ChildProgram {
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Exit code; 128 and the number of the signal when one ended it. */
  readonly exited: Promise<number>;
}

// As with other programs, the end of our standard input is the end of the program. The shell tells the program's pid
// on descriptor 3, and ends with the program's exit code.
const leash = `exec 4<&0
"$@" 3>&- 4<&- & child=$!
echo $child >&3
(read -r line <&4; kill -KILL $child) 3>&- & reader=$!
exec 3>&- 4<&-
wait $child; code=$?
kill $reader
exit $code`;

/** Resolves when the program has a pid. */
export async function startSignalledProgram(
  name: string,
  command: string,
  args: readonly string[],
  options: { readonly logFile: string; readonly env?: NodeJS.ProcessEnv },
): Promise<SignalledProgram> {
  const log = openSync(options.logFile, 'a');
  const shell = spawn('/bin/sh', ['-c', leash, name, command, ...args], {
    stdio: ['pipe', log, log, 'pipe'],
    env: options.env ?? process.env,
  });
  closeSync(log);
  shell.stdin?.on('error', () => {});
  const exited = new Promise<number>((resolve) => {
    shell.once('exit', (code) => resolve(code ?? 128));
  });
  const pid = await readPid(shell);
  return {
    name,
    logFile: options.logFile,
    exited,
    signal(signal) {
      if (shell.exitCode === null) process.kill(pid, signal);
    },
    async stop() {
      shell.stdin?.end();
      await exited;
    },
  };
}

function readPid(shell: ChildProcess): Promise<number> {
  const lines = createInterface({ input: shell.stdio[3] as Readable });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => resolve(Number(line)));
    shell.once('error', reject);
  });
}
