import { delay, withDeadline } from '@weir/kube';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { homeLayout, weirHome } from '../local/home.ts';
import { readInstance } from '../local/instance.ts';

/** `weir down`: stops the platform of this home and waits until it is gone. Its state stays. */
export function configureDown(command: Command, context: CliContext): void {
  command.action(() => down(context));
}

async function down(context: CliContext): Promise<void> {
  const home = homeLayout(weirHome(context.env));
  const instance = readInstance(home);
  if (instance === null) throw cliErrors.NOT_RUNNING({ home: home.root });
  process.kill(instance.pid, 'SIGTERM');
  const deadline = withDeadline(context.signal, 90_000);
  // The process is not our child: its end can only be looked for.
  while (readInstance(home)?.pid === instance.pid) {
    if (deadline.aborted)
      throw cliErrors.USAGE({ problem: `weir with pid ${instance.pid} has not ended after 90 s` });
    await delay(50, deadline);
  }
  context.stdout.write(`stopped weir (pid ${instance.pid})\n`);
}
