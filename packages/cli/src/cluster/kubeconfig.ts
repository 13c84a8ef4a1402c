import { readFileSync } from 'node:fs';
import path from 'node:path';
import { defineErrors } from '@weir/core/errors';
import { parse } from 'yaml';

/** What is needed to talk to one API server. */
export interface ClusterAccess {
  readonly server: string;
  readonly ca: string | undefined;
  readonly insecure: boolean;
  readonly tlsServerName: string | undefined;
  readonly credentials: Credentials;
  /** Default namespace of the context. */
  readonly namespace: string;
}

export type Credentials =
  | { readonly type: 'none' }
  | { readonly type: 'certificate'; readonly cert: string; readonly key: string }
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'tokenFile'; readonly file: string }
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  /** exec plugins and cloud providers: left to the Kubernetes client library. */
  | { readonly type: 'plugin'; readonly kubeconfig: string; readonly context: string };

const errors = defineErrors('KUBECONFIG', {
  UNREADABLE: {
    status: 500,
    message: 'kubeconfig {file}: {problem} — set KUBECONFIG or run `weir up`',
    docs: 'The file is missing or not YAML.',
  },
  INVALID: {
    status: 500,
    message: 'kubeconfig {file}: {problem}',
    docs: 'A context, cluster or user is missing.',
  },
});

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context?: { cluster?: string; user?: string; namespace?: string } }[];
  clusters?: { name: string; cluster?: Record<string, string | boolean> }[];
  users?: { name: string; user?: Record<string, unknown> }[];
}

/** Reads a kubeconfig file; `context` defaults to its current one. Throws WeirError with file and entry named. */
export function readKubeconfig(file: string, context?: string): ClusterAccess {
  const text = readText(file);
  const config = (parse(text) ?? {}) as Kubeconfig;
  const contextName = context ?? config['current-context'] ?? '';
  const entry = config.contexts?.find((candidate) => candidate.name === contextName)?.context;
  if (entry === undefined) throw errors.INVALID({ file, problem: `context "${contextName}" does not exist` });
  const cluster = config.clusters?.find((candidate) => candidate.name === entry.cluster)?.cluster;
  if (typeof cluster?.server !== 'string')
    throw errors.INVALID({ file, problem: `cluster "${entry.cluster}" has no server` });
  const user = config.users?.find((candidate) => candidate.name === entry.user)?.user ?? {};
  const load = (from: Record<string, unknown>, key: string): string | undefined =>
    fileOrData(file, from, key);
  return {
    server: cluster.server.replace(/\/$/, ''),
    ca: load(cluster, 'certificate-authority'),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    tlsServerName: typeof cluster['tls-server-name'] === 'string' ? cluster['tls-server-name'] : undefined,
    credentials: credentialsOf(user, load, () => ({
      type: 'plugin',
      kubeconfig: text,
      context: contextName,
    })),
    namespace: entry.namespace ?? 'default',
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw errors.UNREADABLE(
      { file, problem: (cause as NodeJS.ErrnoException).code ?? 'unreadable' },
      { cause },
    );
  }
}

function credentialsOf(
  user: Record<string, unknown>,
  load: (from: Record<string, unknown>, key: string) => string | undefined,
  plugin: () => Credentials,
): Credentials {
  const cert = load(user, 'client-certificate');
  const key = load(user, 'client-key');
  if (cert !== undefined && key !== undefined) return { type: 'certificate', cert, key };
  if (typeof user.token === 'string') return { type: 'token', token: user.token };
  if (typeof user.tokenFile === 'string') return { type: 'tokenFile', file: user.tokenFile };
  if (typeof user.username === 'string' && typeof user.password === 'string') {
    return { type: 'basic', username: user.username, password: user.password };
  }
  return 'exec' in user || 'auth-provider' in user ? plugin() : { type: 'none' };
}

/** `<key>-data` in base64, or the file that `<key>` names, relative to the kubeconfig. */
function fileOrData(file: string, from: Record<string, unknown>, key: string): string | undefined {
  const data = from[`${key}-data`];
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString('utf8');
  const name = from[key];
  return typeof name === 'string' ? readText(path.resolve(path.dirname(file), name)) : undefined;
}
