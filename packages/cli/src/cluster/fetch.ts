import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { translatePath } from '@weir/core/config';
import type { Fetch } from '@weir/kube';
import { Agent, type Dispatcher, request } from 'undici';
import type { ClusterAccess, Credentials } from './kubeconfig.ts';

/** How long an answer may be silent, in milliseconds. */
interface SilenceLimits {
  /** The server itself gives a request a minute. */
  readonly answer: number;
  /** A watch has at least a bookmark to tell every minute or so: a silent one is broken. */
  readonly watch: number;
}

const usualLimits: SilenceLimits = { answer: 60_000, watch: 300_000 };

/** Makes the `Fetch` of a cluster: keep-alive connections, its CA, and the credentials of the access. */
export async function createClusterFetch(
  access: ClusterAccess,
  limits: SilenceLimits = usualLimits,
): Promise<Fetch> {
  const { certificate, headers } = await resolveCredentials(access.credentials);
  const dispatcher: Dispatcher = new Agent({
    connect: {
      ...(access.ca === undefined ? {} : { ca: access.ca }),
      ...certificate,
      rejectUnauthorized: !access.insecure,
      ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    },
    headersTimeout: limits.answer,
    keepAliveTimeout: 30_000,
  });
  return async (path, { method = 'GET', body = null, signal, headers: given } = {}) => {
    const answer = await request(access.server + path, {
      dispatcher,
      bodyTimeout: silenceOf(path, limits),
      method: method as Dispatcher.HttpMethod,
      headers: { ...given, ...headers() },
      body,
      ...(signal === undefined ? {} : { signal }),
    });
    return new ClusterResponse(answer);
  };
}

/** Logs that are followed may be silent for ever. */
function silenceOf(path: string, { answer, watch }: SilenceLimits): number {
  if (/[?&]follow=true/.test(path)) return 0;
  return /[?&]watch=true/.test(path) ? watch : answer;
}

/**
 * What fetch would answer, at a fraction of its cost: a body that is read as a whole never becomes a web stream. To be
 * read as text, as JSON or as a stream.
 */
class ClusterResponse extends Response {
  override readonly text: () => Promise<string>;
  override readonly json: () => Promise<unknown>;
  #stream: ReadableStream | undefined;

  constructor({ statusCode, headers, body }: Dispatcher.ResponseData) {
    super(null, { status: statusCode, headers: headers as Record<string, string> });
    this.text = () => body.text();
    this.json = () => body.json();
    Object.defineProperty(this, 'body', { get: () => this.#streamOf(body) });
  }

  /** One stream, however often it is asked for: a second one would gather every byte for a reader that never comes. */
  #streamOf(body: Readable): ReadableStream {
    this.#stream ??= Readable.toWeb(body);
    return this.#stream;
  }
}

interface ResolvedCredentials {
  readonly certificate: { readonly cert?: string; readonly key?: string };
  readonly headers: () => Record<string, string>;
}

async function resolveCredentials(credentials: Credentials): Promise<ResolvedCredentials> {
  switch (credentials.type) {
    case 'none':
      return { certificate: {}, headers: () => ({}) };
    case 'certificate':
      return { certificate: { cert: credentials.cert, key: credentials.key }, headers: () => ({}) };
    case 'token':
      return { certificate: {}, headers: () => ({ authorization: `Bearer ${credentials.token}` }) };
    case 'basic': {
      const text = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
      return { certificate: {}, headers: () => ({ authorization: `Basic ${text}` }) };
    }
    case 'tokenFile':
      return { certificate: {}, headers: rereadToken(credentials.file) };
    case 'plugin':
      return fromLibrary(credentials.kubeconfig, credentials.context);
  }
}

/** Projected tokens rotate on disk: read again after a minute. */
function rereadToken(file: string): () => Record<string, string> {
  let token = '';
  let readAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (performance.now() - readAtMs > 60_000) {
      token = readFileSync(file, 'utf8').trim();
      readAtMs = performance.now();
    }
    return { authorization: `Bearer ${token}` };
  };
}

/** Exec plugins, OIDC and cloud providers, by the Kubernetes client library; loaded only when a user has them. */
async function fromLibrary(kubeconfig: string, context: string): Promise<ResolvedCredentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  config.setCurrentContext(context);
  const options: { headers?: Record<string, string>; cert?: string | Buffer; key?: string | Buffer } = {
    headers: {},
  };
  await config.applyToHTTPSOptions(options as never);
  return {
    certificate: {
      ...(options.cert === undefined ? {} : { cert: String(options.cert) }),
      ...(options.key === undefined ? {} : { key: String(options.key) }),
    },
    headers: () => options.headers ?? {},
  };
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Access of a pod through its ServiceAccount, or null outside of pods. */
export function inClusterAccess(env: NodeJS.ProcessEnv): ClusterAccess | null {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (host === undefined || env.KUBERNETES_SERVICE_PORT === undefined) return null;
  const file = (name: string): string => translatePath(env.WEIR_PATH_MAP, `${serviceAccountFolder}/${name}`);
  const authority = host.includes(':') ? `[${host}]` : host;
  return {
    server: `https://${authority}:${env.KUBERNETES_SERVICE_PORT}`,
    ca: readFileSync(file('ca.crt'), 'utf8'),
    insecure: false,
    tlsServerName: undefined,
    credentials: { type: 'tokenFile', file: file('token') },
    namespace: readFileSync(file('namespace'), 'utf8').trim(),
  };
}
