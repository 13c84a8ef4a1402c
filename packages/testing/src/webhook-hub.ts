import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type CertificatePair, createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';

export interface HubReview {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: Record<string, unknown> & {
    readonly uid: string;
    readonly object?: unknown;
    readonly objects?: readonly Record<string, unknown>[];
    readonly desiredAPIVersion?: string;
  };
}

interface HubAnswer {
  /** Default 200. */
  readonly code?: number;
  readonly contentType?: string;
  /** Text as it is, anything else as JSON; undefined is never answered. */
  readonly body: unknown;
}

export type HubRoute = (review: HubReview) => HubAnswer;

interface HubClientConfig {
  readonly url: string;
  readonly caBundle: string;
}

export interface WebhookHub {
  readonly base: string;
  readonly caBundle: string;
  /** How a configuration names a path of the hub. */
  clientConfig(path: string): HubClientConfig;
  /** Reviews by path, in order of arrival. */
  readonly received: ReadonlyMap<string, readonly HubReview[]>;
  close(): Promise<void>;
}

/** A real webhook server whose answers are given by path: what is under test is who calls it. */
export async function startWebhookHub(routes: Readonly<Record<string, HubRoute>>): Promise<WebhookHub> {
  const { certificate, caPem } = await makeCertificate();
  const received = new Map<string, HubReview[]>();
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [path = ''] = (request.url ?? '').split('?');
      const review = JSON.parse(Buffer.concat(chunks).toString()) as HubReview;
      received.set(path, [...(received.get(path) ?? []), review]);
      const { code = 200, contentType = 'application/json', body } = routes[path]?.(review) ?? notFound;
      if (body === undefined) return;
      response.writeHead(code, { 'content-type': contentType });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const caBundle = Buffer.from(caPem).toString('base64');
  const clientConfig = (path: string): HubClientConfig => ({ url: `${base}${path}`, caBundle });
  return { base, caBundle, clientConfig, received, close: () => close(server) };
}

/** Good for the address and for a Service `hub` in the namespace `default`. */
async function makeCertificate(): Promise<{ certificate: CertificatePair; caPem: string }> {
  const authority = await createCertificateAuthority('webhooks-ca', new Date(), 1);
  const certificate = await issueCertificate(authority, {
    commonName: 'webhooks',
    ipAddresses: ['127.0.0.1'],
    dnsNames: ['hub.default.svc'],
    usages: ['server'],
    notBefore: new Date(),
    validDays: 1,
  });
  return { certificate, caPem: authority.certPem };
}

const notFound: HubAnswer = { code: 404, contentType: 'text/plain', body: 'nothing here' };

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** A review that is answered with the given fields of a response. */
export function respond(response: object): HubRoute {
  return ({ apiVersion, kind, request }) => ({
    body: { apiVersion, kind, response: { uid: request.uid, ...response } },
  });
}

/** A mutating answer with JSON patch operations. */
export function patchWith(operations: (object: Record<string, unknown>) => readonly object[]): HubRoute {
  return (review) => {
    const patch = operations(review.request.object as Record<string, unknown>);
    const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
    const answer = patch.length === 0 ? {} : { patchType: 'JSONPatch', patch: encoded };
    return respond({ allowed: true, ...answer })(review);
  };
}
