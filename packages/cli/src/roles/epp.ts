import type { Logger } from '@weir/core/log';
import { runEpp } from '@weir/epp';
import { type CliContext, connect } from '../context.ts';

/** `weir epp [flags of the endpoint picker]`. */
export async function runEppRole(context: CliContext, argv: readonly string[], log: Logger): Promise<number> {
  const { fetch } = await connect(context, {});
  return runEpp([...argv], { env: context.env, log, signal: context.signal, fetch });
}
