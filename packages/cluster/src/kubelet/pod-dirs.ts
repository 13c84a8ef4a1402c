import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeVolumes } from './volumes/index.ts';

/** Where things lie below the kubelet's folder. */
export interface StateDirs {
  readonly pods: string;
  readonly claims: string;
  readonly processes: string;
}

export interface PodDirs {
  readonly root: string;
  readonly volumes: string;
  logFile(container: string, attempt: number): string;
  scratch(container: string): string;
  terminationLog(container: string, attempt: number): string;
}

export function stateDirs(stateDir: string): StateDirs {
  return {
    pods: join(stateDir, 'pods'),
    claims: join(stateDir, 'volumes'),
    processes: join(stateDir, 'processes'),
  };
}

export function podDirs(dirs: StateDirs, uid: string): PodDirs {
  const root = join(dirs.pods, uid);
  return {
    root,
    volumes: join(root, 'volumes'),
    logFile: (container, attempt) => join(root, 'logs', container, `${attempt}.log`),
    scratch: (container) => join(root, 'containers', container, 'home'),
    terminationLog: (container, attempt) => join(root, 'containers', container, `termination-${attempt}`),
  };
}

export function removePodFolder(dirs: PodDirs): void {
  removeVolumes(dirs.volumes);
  rmSync(dirs.root, { recursive: true, force: true });
}
