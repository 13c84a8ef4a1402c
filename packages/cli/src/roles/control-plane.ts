import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { aborted } from '@weir/kube';
import type { CliContext } from '../context.ts';
import { reportToSupervisor, untilSupervisorEnds } from '../local/part.ts';
import { type Platform, startPlatform } from '../local/platform.ts';
import { servingSettings } from '../local/serving-settings.ts';
import type { PlatformSettings } from '../local/settings.ts';

/** The process of `weir up` that holds API server, controllers and kubelet. Its argument is PlatformSettings in JSON. */
export async function runControlPlane(
  context: CliContext,
  argv: readonly string[],
  log: Logger,
): Promise<number> {
  const settings = JSON.parse(argv[0] ?? '{}') as PlatformSettings;
  const signal = untilSupervisorEnds(context.signal);
  let platform: Platform;
  try {
    platform = await startPlatform(settings, servingSettings(context.env), log);
  } catch (error) {
    log.error('control plane did not start', { error });
    reportToSupervisor({ type: 'failed', message: toError(error).message });
    return 1;
  }
  reportToSupervisor({ type: 'ready' });
  await aborted(signal);
  await platform.stop();
  return 0;
}
