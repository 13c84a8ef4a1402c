import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a command may use of the world around it; the only place that hands out the environment. */
export interface CliContext {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Fires on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
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

/** Version of this installation. */
export function weirVersion(): string {
  return (JSON.parse(readFileSync(path.join(installRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
}

/** The file that starts `weir`, for processes that we start. */
export function launcherPath(root: string): string {
  return path.join(root, 'packages', 'cli', 'bin', 'weir.mjs');
}

/** Whether this process runs in a pod that has an account. */
export function isInCluster(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST) && Boolean(env.KUBERNETES_SERVICE_PORT);
}

/** Where a pod listens for its cluster: everywhere, but where pods are processes of one machine at its own address. */
export function podListenHost(env: NodeJS.ProcessEnv): string {
  return env.WEIR_POD_IP || '::';
}
