import type { Logger } from '@weir/core/log';
import { runEngine } from '@weir/engine-cpu';
import type { CliContext } from '../context.ts';

/** `weir engine serve MODEL [vLLM flags]`. */
export function runEngineRole(context: CliContext, argv: readonly string[], log: Logger): Promise<number> {
  return runEngine([...argv], { env: context.env, log, signal: context.signal, stdout: context.stdout });
}
