import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type Fetch } from '@weir/kube';
import { createClusterFetch, inClusterAccess } from './cluster/fetch.ts';
import { type ClusterAccess, readKubeconfig } from './cluster/kubeconfig.ts';
import { weirHome } from './local/home.ts';

/** What a command may use of the world around it; the only place that hands out the environment. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Fires on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Options that every command which talks to a cluster takes. */
export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface ClusterConnection {
  readonly fetch: Fetch;
  readonly client: Client;
  readonly namespace: string;
}

/** Folder with package.json, config/ and bin/ of this installation. */
export function installRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'config', 'llmisvcconfig'))) {
    const parent = path.dirname(folder);
    if (parent === folder)
      throw new Error('this installation of weir is incomplete: config/llmisvcconfig is missing');
    folder = parent;
  }
  return folder;
}

/** The file that starts `weir`, for processes that we start. */
export function launcherPath(root: string): string {
  return path.join(root, 'packages', 'cli', 'bin', 'weir.mjs');
}

/** --kubeconfig, else KUBECONFIG, else the local platform's file, else the pod's own account. */
export async function connect(context: CliContext, options: ClusterOptions): Promise<ClusterConnection> {
  const access = accessOf(context.env, options);
  const fetch = await createClusterFetch(access);
  return {
    fetch,
    client: new Client({ fetch, fieldManager: 'weir' }),
    namespace: options.namespace ?? access.namespace,
  };
}

/** Whether this process runs in a pod that has an account. */
export function isInCluster(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST) && Boolean(env.KUBERNETES_SERVICE_PORT);
}

/** Where a pod listens for its cluster: everywhere, but where pods are processes of one machine at its own address. */
export function podListenHost(env: NodeJS.ProcessEnv): string {
  return env.WEIR_POD_IP || '::';
}

function accessOf(env: NodeJS.ProcessEnv, options: ClusterOptions): ClusterAccess {
  const local = path.join(weirHome(env), 'kubeconfig');
  const named = options.kubeconfig ?? (env.KUBECONFIG || undefined);
  if (named === undefined && !existsSync(local)) {
    const inCluster = inClusterAccess(env);
    if (inCluster !== null) return inCluster;
  }
  const file = named?.split(path.delimiter).find((candidate) => existsSync(candidate)) ?? named ?? local;
  return readKubeconfig(file, options.context);
}
