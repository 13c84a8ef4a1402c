import { spawn } from 'node:child_process';
import { toError } from '@weir/core/errors';
import type { ExecResult } from './contracts.ts';
import type { Launch } from './launch.ts';

const maxOutputBytes = 10 * 1024;

/** Runs a command beside the container's process; at the time-out its whole process group is killed. */
export function execInContainer(
  launch: Launch,
  argv: readonly string[],
  timeoutMs: number,
): Promise<ExecResult> {
  return new Promise((resolve) => {
    let output = '';
    let hasTimedOut = false;
    let command: string[];
    try {
      command = launch.command(argv);
    } catch (error) {
      return resolve({ exitCode: 127, output: toError(error).message });
    }
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      cwd: launch.cwd,
      env: launch.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (chunk: Buffer): void => {
      if (output.length < maxOutputBytes) output = (output + chunk.toString()).slice(0, maxOutputBytes);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const timer = setTimeout(() => {
      hasTimedOut = true;
      killGroup(child.pid);
    }, timeoutMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve({ exitCode: 127, output: error.message });
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      killGroup(child.pid);
      // Output that was written before the exit is delivered in this turn of the loop or the next.
      setImmediate(() => resolve({ exitCode: hasTimedOut ? null : (code ?? 137), output }));
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
