import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, isKubeError, kubeErrorFrom, onAbort } from '@weir/kube';
import { createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';
import type { PodLogOptions } from '../apiserver/contracts.ts';
import type { Kubelet } from './contracts.ts';

export interface LogServerOptions {
  readonly host: string;
  readonly port: number;
  /** Authority of the certificates by which clients, API servers above all, are known. */
  readonly clientCaPem: string;
  /** Asks the API server what a client may do. */
  readonly client: Client;
  readonly nodeName: string;
  readonly kubelet: Pick<Kubelet, 'logs' | 'findPod'>;
  readonly log: Logger;
  /** Ends the server and its streams. */
  readonly signal: AbortSignal;
}

const certificateDays = 3650;

/**
 * What `kubectl logs` reaches through an API server: `GET /containerLogs/NAMESPACE/POD/CONTAINER`, as kubelets serve it.
 * Clients need a certificate and the permission for `nodes/proxy` of this node. Resolves when it listens.
 */
export async function startLogServer(options: LogServerOptions): Promise<void> {
  const { host, port, clientCaPem, signal, log } = options;
  const authority = await createCertificateAuthority('weir-kubelet-ca', new Date(), certificateDays);
  const { certPem, keyPem } = await issueCertificate(authority, {
    commonName: options.nodeName,
    ipAddresses: [host],
    usages: ['server'],
    notBefore: new Date(),
    validDays: certificateDays,
  });
  const tls = { cert: certPem, key: keyPem, ca: clientCaPem, requestCert: true, rejectUnauthorized: true };
  const server = createServer(tls, (request, response) => {
    answer(request, response, options).catch((error) => refuse(response, error, log));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  onAbort(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: LogServerOptions,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
  const [route, namespace = '', name = '', container = '', ...more] = pathname.slice(1).split('/');
  if (request.method !== 'GET' || route !== 'containerLogs' || container === '' || more.length > 0)
    return send(response, 404, `this node serves no ${request.method} ${pathname}`);
  if (!(await isAllowed(request.socket as TLSSocket, options)))
    return send(response, 403, `get of nodes/proxy on node "${options.nodeName}" is forbidden`);
  const pod = options.kubelet.findPod(namespace, name);
  if (pod === undefined) return send(response, 404, `pod "${name}" is not running on this node`);
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  const logOptions = parseOptions(container, searchParams, closed.signal);
  if (typeof logOptions === 'string') return send(response, 400, logOptions);
  const uid = pod.metadata.uid ?? '';
  const text = Readable.from(options.kubelet.logs.open({ namespace, name, uid }, logOptions));
  text.once('error', (error) => refuse(response, error, options.log));
  text.pipe(response.setHeader('content-type', 'text/plain'));
}

async function isAllowed(
  socket: TLSSocket,
  { client, nodeName, signal }: LogServerOptions,
): Promise<boolean> {
  const { subject } = socket.getPeerCertificate();
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: subject.CN,
      groups: ['system:authenticated', ...[subject.O ?? []].flat()],
      resourceAttributes: { verb: 'get', resource: 'nodes', subresource: 'proxy', name: nodeName },
    },
  };
  const answered = await client.fetch('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(review),
    signal,
  });
  if (!answered.ok) throw await kubeErrorFrom(answered, 'SubjectAccessReview');
  const { status } = (await answered.json()) as { status?: { allowed?: boolean } };
  return status?.allowed === true;
}

/** The options of a request, or what is wrong with them. */
function parseOptions(
  container: string,
  query: URLSearchParams,
  signal: AbortSignal,
): PodLogOptions | string {
  const counts: Partial<Record<'tailLines' | 'sinceSeconds' | 'limitBytes', number>> = {};
  for (const name of ['tailLines', 'sinceSeconds', 'limitBytes'] as const) {
    const text = query.get(name) ?? '';
    if (!/^\d*$/.test(text)) return `${name}: "${text}" is not a number`;
    if (text !== '') counts[name] = Number(text);
  }
  const since = query.get('sinceTime') ?? '';
  if (since !== '') {
    const sinceMs = Date.parse(since);
    if (Number.isNaN(sinceMs)) return `sinceTime: "${since}" is not an RFC 3339 time`;
    counts.sinceSeconds = Math.max(1, Math.ceil((Date.now() - sinceMs) / 1000));
  }
  const is = (name: string): boolean => query.get(name) === 'true';
  return {
    ...{ container, follow: is('follow'), previous: is('previous'), timestamps: is('timestamps') },
    ...counts,
    signal,
  };
}

function refuse(response: ServerResponse, error: unknown, log: Logger): void {
  if (response.headersSent) response.destroy();
  else if (isKubeError(error)) send(response, error.code, error.message);
  else {
    log.warn('log request failed', { error: toError(error).message });
    send(response, 500, 'the log could not be read');
  }
}

function send(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${message}\n`);
}
