import { ContainerStartError } from '../runtime/index.ts';
import { ImageUnresolvedError } from './container-spec.ts';
import { ContainerConfigError } from './environment.ts';

/** Why a container is not running: how its waiting state calls it, and whether it counts as a run that failed. */
export interface StartFailure {
  readonly reason: string;
  readonly message: string;
  /** Exit code of the run; null when nothing was tried. */
  readonly exitCode: number | null;
  /** The cause may vanish at any time (a Secret is created): tried again soon, without a growing wait. */
  readonly isConfiguration: boolean;
}

export function describeStartFailure(error: Error): StartFailure {
  const { message } = error;
  if (error instanceof ContainerConfigError)
    return { reason: 'CreateContainerConfigError', message, exitCode: null, isConfiguration: true };
  if (error instanceof ImageUnresolvedError)
    return { reason: error.reason, message, exitCode: null, isConfiguration: false };
  const exitCode = error instanceof ContainerStartError ? error.exitCode : 128;
  return { reason: 'RunContainerError', message, exitCode, isConfiguration: false };
}
