import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseQuantity } from '@weir/api/meta';
import type { Container, Pod } from '@weir/api/workloads';
import type { ContainerSpec } from '../runtime/index.ts';
import { ContainerConfigError, resolveEnvironment } from './environment.ts';
import { expandVariables } from './expand.ts';
import { resolveMounts } from './mounts.ts';
import type { NodeContext } from './node-context.ts';
import { podDirs } from './pod-dirs.ts';
import type { PodVolumes } from './volumes/index.ts';

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const defaultTerminationPath = '/dev/termination-log';

/** Nothing on this machine stands for the container's image; `reason` is shown as the waiting reason. */
export class ImageUnresolvedError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.name = 'ImageUnresolvedError';
    this.reason = reason;
  }
}

/** Resolves every reference of a container. Rejects with `ContainerConfigError` or `ImageUnresolvedError`. */
export async function buildContainerSpec(
  pod: Pod,
  container: Container,
  options: {
    readonly node: NodeContext;
    readonly podIP: string;
    readonly volumes: PodVolumes;
    readonly attempt: number;
  },
): Promise<ContainerSpec> {
  const { node, podIP, volumes, attempt } = options;
  const uid = pod.metadata.uid ?? '';
  const facts = { pod, podIP, hostIP: node.hostIP, allocatable: node.allocatable };
  const env = await resolveEnvironment(pod, container, {
    client: node.client,
    facts,
    base: baseEnvironment(pod, node),
  });
  const mounts = resolveMounts(container, (name) => volumes.get(name), env);
  const expand = (texts: readonly string[] | undefined): string[] =>
    (texts ?? []).map((text) => expandVariables(text, (name) => env[name]));
  const image = await node.images.resolve({
    image: container.image ?? '',
    command: expand(container.command),
    args: expand(container.args),
    env,
    pod,
    container,
  });
  if (image.type === 'unresolved') throw new ImageUnresolvedError(image.reason, image.message);
  const dirs = podDirs(node.dirs, uid);
  const terminationFile = dirs.terminationLog(container.name, attempt);
  mkdirSync(dirname(terminationFile), { recursive: true, mode: 0o700 });
  writeFileSync(terminationFile, '', { mode: 0o666 });
  const path = [...image.pathPrepend, image.env.PATH ?? env.PATH ?? defaultPath].join(':');
  return {
    id: randomUUID(),
    podUid: uid,
    container: container.name,
    attempt,
    argv: image.argv,
    env: { ...env, ...image.env, PATH: path, WEIR_POD_IP: podIP },
    workingDir: container.workingDir || null,
    mounts,
    terminationLog: {
      containerPath: container.terminationMessagePath || defaultTerminationPath,
      hostPath: terminationFile,
      readOnly: false,
    },
    keepVisible: [...node.keepVisible, ...image.pathPrepend, ...image.argv.slice(0, 1).filter(isAbsolute)],
    scratchDir: dirs.scratch(container.name),
    logFile: dirs.logFile(container.name, attempt),
    memoryLimitBytes: memoryLimitOf(container),
  };
}

function baseEnvironment(pod: Pod, node: NodeContext): Record<string, string> {
  return {
    PATH: defaultPath,
    LANG: 'C.UTF-8',
    HOSTNAME: pod.spec?.hostname ?? pod.metadata.name ?? '',
    ...apiEnvironment(node),
  };
}

/** Where programs find the API server. */
export function apiEnvironment(node: Pick<NodeContext, 'apiAccess'>): Record<string, string> {
  const api = new URL(node.apiAccess.url);
  const port = api.port || (api.protocol === 'https:' ? '443' : '80');
  return {
    KUBERNETES_SERVICE_HOST: api.hostname,
    KUBERNETES_SERVICE_PORT: port,
    KUBERNETES_SERVICE_PORT_HTTPS: port,
  };
}

function memoryLimitOf(container: Container): number | null {
  const limit = container.resources?.limits?.memory;
  if (limit === undefined) return null;
  const bytes = parseQuantity(limit);
  if (bytes === null) throw new ContainerConfigError(`memory limit "${limit}" is not a quantity`);
  return bytes > 0 ? bytes : null;
}

function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}
