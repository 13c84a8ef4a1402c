import type { Logger } from '@weir/core/log';
import { runEpp } from '@weir/epp';
import type { Fetch } from '@weir/kube';
import { connect } from '../cluster/connect.ts';
import type { CliContext } from '../context.ts';

const unreachable: Fetch = () => Promise.reject(new Error('not connected'));

/** `weir epp [flags of the endpoint picker]`. */
export async function runEppRole(context: CliContext, argv: readonly string[], log: Logger): Promise<number> {
  // The help needs no cluster.
  const { fetch } = argv.includes('--help') ? { fetch: unreachable } : await connect(context, {});
  return runEpp([...argv], { env: context.env, log, signal: context.signal, fetch, stdout: context.stdout });
}
