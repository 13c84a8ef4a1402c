import { homedir } from 'node:os';
import path from 'node:path';

/** Everything that a local platform keeps lies under one folder. */
export interface HomeLayout {
  readonly root: string;
  readonly kubeconfig: string;
  readonly pki: string;
  /** Journal and snapshots of the API server. */
  readonly data: string;
  /** Pods, their volumes and logs. */
  readonly kubelet: string;
  readonly podAddresses: string;
  readonly logs: string;
  readonly models: string;
  readonly modelAliases: string;
  readonly shims: string;
  /** The running instance: pid, ports, slot. */
  readonly instance: string;
  /** The slot of the last instance. */
  readonly slot: string;
}

/** `$WEIR_HOME`, default `~/.weir` (features C3). */
export function weirHome(env: NodeJS.ProcessEnv): string {
  return path.resolve(env.WEIR_HOME || path.join(homedir(), '.weir'));
}

export function homeLayout(root: string): HomeLayout {
  const at = (...parts: string[]): string => path.join(root, ...parts);
  return {
    root,
    kubeconfig: at('kubeconfig'),
    pki: at('pki'),
    data: at('data'),
    kubelet: at('kubelet'),
    podAddresses: at('kubelet', 'addresses.json'),
    logs: at('logs'),
    models: at('models'),
    modelAliases: at('models.yaml'),
    shims: at('shims'),
    instance: at('instance.json'),
    slot: at('slot'),
  };
}
