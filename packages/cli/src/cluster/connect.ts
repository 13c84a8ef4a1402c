import { existsSync } from 'node:fs';
import path from 'node:path';
import { Client, type Fetch } from '@weir/kube';
import type { CliContext } from '../context.ts';
import { weirHome } from '../local/home.ts';
import { createClusterFetch, inClusterAccess } from './fetch.ts';
import { type ClusterAccess, readKubeconfig } from './kubeconfig.ts';

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
