import type { Logger } from '@weir/core/log';
import { keepHeapSmall } from '@weir/core/process';
import type { CliContext } from './context.ts';

interface Role {
  readonly summary: string;
  /** Memory is worth more to it than CPU time: it mostly watches. */
  readonly isThrifty?: boolean;
  /** Gets the arguments behind the role's name; returns the exit code. */
  readonly run: (context: CliContext, argv: readonly string[], log: Logger) => Promise<number>;
}

/** Programs that run as processes of their own: the parts of a cluster, and what pods execute. Loaded on demand. */
const roles: Readonly<Record<string, Role>> = {
  apiserver: {
    summary: 'Kubernetes-compatible API server',
    run: async (context, argv, log) =>
      (await import('./roles/apiserver.ts')).runApiServer(context, argv, log),
  },
  controller: {
    summary: 'LLMInferenceService controller',
    isThrifty: true,
    run: async (context, argv, log) =>
      (await import('./roles/controller.ts')).runController(context, argv, log),
  },
  kubelet: {
    summary: 'node of any cluster whose pods are processes of this machine',
    isThrifty: true,
    run: async (context, argv, log) => (await import('./roles/kubelet.ts')).runKubelet(context, argv, log),
  },
  gateway: {
    summary: 'Gateway API data plane with the embedded endpoint picker',
    run: async (context, argv, log) => (await import('./roles/gateway.ts')).runGateway(context, argv, log),
  },
  epp: {
    summary: 'endpoint picker',
    run: async (context, argv, log) => (await import('./roles/epp.ts')).runEppRole(context, argv, log),
  },
  engine: {
    summary: 'CPU engine with a vLLM-compatible server',
    run: async (context, argv, log) => (await import('./roles/engine.ts')).runEngineRole(context, argv, log),
  },
  'storage-initializer': {
    summary: 'downloads models: SOURCE FOLDER [SOURCE FOLDER…]',
    run: async (context, argv, log) =>
      (await import('./roles/storage-initializer.ts')).runStorageRole(context, argv, log),
  },
};

/** Started by `weir up` only; not in the help text. */
const internalRoles: Readonly<Record<string, Role>> = {
  'control-plane': {
    summary: 'API server, controllers and kubelet of a local platform',
    isThrifty: true,
    run: async (context, argv, log) =>
      (await import('./roles/control-plane.ts')).runControlPlane(context, argv, log),
  },
};

export function isRole(name: string): boolean {
  return Object.hasOwn(roles, name) || Object.hasOwn(internalRoles, name);
}

export function roleSummaries(): [string, string][] {
  return Object.entries(roles).map(([name, { summary }]) => [name, summary]);
}

export async function runRole(name: string, context: CliContext, argv: readonly string[]): Promise<number> {
  const role = roles[name] ?? internalRoles[name];
  if (role === undefined) throw new Error(`no role is called ${name}`);
  if (role.isThrifty === true) keepHeapSmall();
  const { createLogger } = await import('@weir/core/log');
  return role.run(context, argv, createLogger({ name }));
}
