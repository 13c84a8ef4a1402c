import { mkdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Logger } from '@weir/core/log';
import { type ContainerSpec, ContainerStartError, type Mount } from './contracts.ts';
import { findProgram, isExecutableFile } from './find-program.ts';
import { hostTree } from './host-tree.ts';
import { enterView, type MountNamespaceTools } from './mount-namespace.ts';
import { formatPathMap, mapArgument, toHostPath } from './path-map.ts';
import { containerIdVariable } from './process-table.ts';
import { buildRootView, type RootView } from './root-view.ts';

/** How to run commands in a container: the same for its own process, probes and hooks. */
export interface Launch {
  readonly env: Readonly<Record<string, string>>;
  /** Directory on the host in which the command is spawned. */
  readonly cwd: string;
  /** The full command line for a command of the container. */
  command(argv: readonly string[]): string[];
}

/** Decides how the container sees its mounts, in a namespace where possible, by rewritten paths otherwise. */
export function prepareLaunch(spec: ContainerSpec, tools: MountNamespaceTools | null, log: Logger): Launch {
  mkdirSync(spec.scratchDir, { recursive: true, mode: 0o700 });
  const mounts = [...spec.mounts, ...mountOfWorkingDir(spec), spec.terminationLog];
  if (tools !== null) {
    const keep = [...spec.keepVisible, spec.scratchDir];
    const view = buildRootView(mounts, keep, hostTree);
    if (typeof view !== 'string') return namespaceLaunch(spec, tools, view, mounts);
    log.warn('container runs without its own view of the file system', {
      container: spec.container,
      reason: view,
    });
  }
  return mappedLaunch(spec, mounts);
}

function namespaceLaunch(
  spec: ContainerSpec,
  tools: MountNamespaceTools,
  view: RootView,
  mounts: readonly Mount[],
): Launch {
  const entry = enterView(
    tools,
    view,
    join(spec.scratchDir, '..', 'view'),
    spec.workingDir ?? spec.scratchDir,
  );
  return {
    env: environment(spec, mounts, true),
    cwd: spec.scratchDir,
    command: (argv) => {
      assertFound(argv, spec.env.PATH ?? '', mounts);
      return [...entry, ...argv];
    },
  };
}

function mappedLaunch(spec: ContainerSpec, mounts: readonly Mount[]): Launch {
  const env = environment(spec, mounts, false);
  return {
    env: Object.fromEntries(
      Object.entries(env).map(([name, value]) => [
        name,
        // PATH is a list, and what the kubelet itself sets is right already.
        name in spec.env && !name.startsWith('WEIR_') ? mapArgument(value, mounts) : value,
      ]),
    ),
    cwd: spec.workingDir === null ? spec.scratchDir : toHostPath(spec.workingDir, mounts),
    command: (argv) => {
      const mapped = argv.map((argument) => mapArgument(argument, mounts));
      assertFound(mapped, env.PATH ?? '', []);
      return mapped;
    },
  };
}

/** A working directory that exists nowhere is made, as container runtimes do, but outside the host's directories. */
function mountOfWorkingDir(spec: ContainerSpec): Mount[] {
  if (spec.workingDir === null || hostTree.kind(toHostPath(spec.workingDir, spec.mounts)) !== 'absent')
    return [];
  return [{ containerPath: posix.normalize(spec.workingDir), hostPath: spec.scratchDir, readOnly: false }];
}

function environment(
  spec: ContainerSpec,
  mounts: readonly Mount[],
  areMounted: boolean,
): Record<string, string> {
  const { containerPath, hostPath } = spec.terminationLog;
  return {
    HOME: spec.scratchDir,
    ...spec.env,
    WEIR_PATH_MAP: formatPathMap(mounts, areMounted),
    WEIR_TERMINATION_LOG: areMounted ? containerPath : hostPath,
    [containerIdVariable]: spec.id,
  };
}

/** Fails as a container runtime does, before anything runs, when the program is not there. */
function assertFound(argv: readonly string[], path: string, mounts: readonly Mount[]): void {
  const program = argv[0] ?? '';
  if (program === '') throw new ContainerStartError('no command specified', 127);
  if (!program.includes('/')) {
    const mapped = path.split(':').map((dir) => toHostPath(dir, mounts));
    if (findProgram(program, mapped.join(':')) === undefined)
      throw new ContainerStartError(`exec: "${program}": executable file not found in $PATH`, 127);
    return;
  }
  // A relative path depends on the working directory, which only the container sees; its shell reports a miss.
  if (!program.startsWith('/')) return;
  const file = toHostPath(program, mounts);
  if (hostTree.kind(file) === 'absent')
    throw new ContainerStartError(`exec: "${program}": stat ${program}: no such file or directory`, 127);
  if (!isExecutableFile(file)) throw new ContainerStartError(`exec: "${program}": permission denied`, 126);
}
