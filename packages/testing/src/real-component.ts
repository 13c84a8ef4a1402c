import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export type ComponentName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubectl';

/** Version of the real components that suites compare with; part of the cache folder's name. */
export const kubernetesVersion = '1.34.2';

/** Folder that keeps downloaded and built things between runs. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.WEIR_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'weir');
}

/**
 * Path of a real Kubernetes program: from its variable (`WEIR_KUBECTL`, `WEIR_KUBE_APISERVER`…), else from the cache.
 * Null when there is none, so that a suite can skip; with CI=true it throws, because there nothing may be skipped.
 */
export function realComponent(name: ComponentName, env: NodeJS.ProcessEnv = process.env): string | null {
  const variable = `WEIR_${name.toUpperCase().replaceAll('-', '_')}`;
  const path = env[variable] ?? join(cacheFolder(env), `kube-${kubernetesVersion}`, name);
  if (isExecutable(path)) return path;
  if (env.CI === 'true' || env[variable] !== undefined) {
    throw new Error(`${name} is not an executable at ${path}: set ${variable}, or build it into the cache`);
  }
  return null;
}

/** True when all the programs are there; for `describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))`. */
export function hasComponents(...names: readonly ComponentName[]): boolean {
  return names.every((name) => realComponent(name) !== null);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
