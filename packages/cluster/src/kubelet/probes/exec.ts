import type { ExecAction } from '@weir/api/workloads';
import type { ProbeResult, ProbeTarget } from './contracts.ts';

/** Exit code 0 is success. */
export async function probeExec(
  action: ExecAction,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<ProbeResult> {
  const argv = action.command ?? [];
  const { exitCode, output } = await target.exec(argv, { timeoutMs });
  if (exitCode === 0) return { isSuccess: true, message: output };
  if (exitCode === null)
    return {
      isSuccess: false,
      message: `command timed out: "${argv.join(' ')}" timed out after ${timeoutMs / 1000}s`,
    };
  return {
    isSuccess: false,
    message: output.trim() === '' ? `command exited with code ${exitCode}` : output.trim(),
  };
}
