import type { ContainerStateTerminated } from '@weir/api/workloads';
import type { ContainerExit, RunningContainer } from '../runtime/index.ts';
import { toTime } from './status.ts';

/** What counts as the exit code of a container that somebody else waited for, or nobody. */
export const unknownExitCode = 137;
const unknownExitMessage = 'How the container ended is not known: its kubelet was restarted while it ran';

/** How a container ended, as its status says it. Pure. */
export function terminatedState(
  running: RunningContainer,
  exit: ContainerExit,
  message: string,
): ContainerStateTerminated {
  const { exitCode, signal, wasOutOfMemory } = exit;
  const isUnknown = exitCode === null && !wasOutOfMemory;
  const text = message === '' && isUnknown ? unknownExitMessage : message;
  return {
    exitCode: exitCode ?? unknownExitCode,
    ...(signal === null ? {} : { signal }),
    reason: wasOutOfMemory
      ? 'OOMKilled'
      : isUnknown
        ? 'ContainerStatusUnknown'
        : exitCode === 0
          ? 'Completed'
          : 'Error',
    ...(text === '' ? {} : { message: text }),
    startedAt: toTime(running.startedAt.getTime()),
    finishedAt: toTime(exit.finishedAt.getTime()),
    containerID: `process://${running.id}`,
  };
}
