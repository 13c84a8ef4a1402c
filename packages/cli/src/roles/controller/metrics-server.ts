import { createServer, type Server } from 'node:https';
import type { FlagValues } from '@weir/core/config';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import type { MetricsRegistry } from '@weir/core/metrics';
import type { Client } from '@weir/kube';
import { keepCertificate, memoryStore, secretStore } from '@weir/kube/admission';
import { cliErrors } from '../../errors.ts';
import { startHealthServer } from '../health.ts';
import { metricsSecretName, metricsServiceName } from './names.ts';
import { createScrapeReview, type ScrapeReview, type ScrapeVerdict } from './scrape-review.ts';
import { type TlsSettings, tlsSettings } from './tls.ts';

export interface MetricsServerOptions {
  readonly values: FlagValues;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly registry: MetricsRegistry;
  readonly client: Client;
  readonly systemNamespace: string;
  /** Whether several processes of this kind share a certificate. */
  readonly isInCluster: boolean;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Serves `/metrics`: to everybody on loopback, and over TLS to whom the API server allows it elsewhere. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<{ close(): void }> {
  const { values, host, port, registry, client, log } = options;
  const { isSecure, isAnonymous } = protectionOf(values, host);
  if (!isSecure) return startHealthServer({ host, port, isReady: () => true, metrics: registry });
  const review = isAnonymous ? undefined : createScrapeReview(client, () => performance.now());
  const server = await createSecureServer(options, tlsSettings(values));
  server.on('request', (request, response) => {
    const isMetrics = (request.url ?? '').split('?')[0] === '/metrics';
    void answerTo(request.headers.authorization, isMetrics, review, log).then((code) => {
      response.statusCode = code;
      if (code === 401) response.setHeader('www-authenticate', 'Bearer');
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(code === 200 ? registry.expose() : reasons[code]);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => resolve(server));
  });
}

function protectionOf(
  values: FlagValues,
  host: string,
): { readonly isSecure: boolean; readonly isAnonymous: boolean } {
  const isLoopback = /^(127\.|::1$|localhost$)/.test(host);
  const isSecure = values.get('metrics-secure') ?? !isLoopback;
  const isAnonymous = values.get('metrics-anonymous') === true;
  if (isSecure === false && !isLoopback && !isAnonymous) {
    const problem =
      `--metrics-secure=false would show the metrics at ${host} to everybody — ` +
      'add --metrics-anonymous if that is wanted, or serve them on loopback with --metrics-addr';
    throw cliErrors.USAGE({ problem });
  }
  return { isSecure: isSecure === true, isAnonymous };
}

const codes: Readonly<Record<ScrapeVerdict, number>> = {
  allowed: 200,
  unauthenticated: 401,
  forbidden: 403,
  busy: 503,
};

const reasons: Readonly<Record<number, string>> = {
  401: 'send a bearer token that the API server knows\n',
  403: 'the account of this token may not get the path /metrics: bind it to a ClusterRole that allows it\n',
  404: 'only /metrics is served here\n',
  500: 'the API server could not be asked: see the log of the controller\n',
  503: 'too many tokens are being reviewed: try again\n',
};

async function answerTo(
  authorization: string | undefined,
  isMetrics: boolean,
  review: ScrapeReview | undefined,
  log: Logger,
): Promise<number> {
  if (!isMetrics) return 404;
  if (review === undefined) return 200;
  try {
    return codes[await review(authorization)];
  } catch (error) {
    log.warn('metrics not served: the reader could not be reviewed', { error: toError(error).message });
    return 500;
  }
}

/** Readers trust `ca.crt` of the Secret; outside of a cluster the certificate ends with the process. */
async function createSecureServer(
  { client, systemNamespace, isInCluster, log, signal }: MetricsServerOptions,
  tls: TlsSettings,
): Promise<Server> {
  const service = `${metricsServiceName}.${systemNamespace}.svc`;
  const labels = { 'app.kubernetes.io/name': metricsServiceName, 'app.kubernetes.io/managed-by': 'weir' };
  const key = { namespace: systemNamespace, name: metricsSecretName };
  const contextOf = ({ certPem, keyPem }: { certPem: string; keyPem: string }) => ({
    cert: certPem,
    key: keyPem,
    ...tls,
  });
  const certificate = await keepCertificate({
    store: isInCluster ? secretStore(client, key, labels) : memoryStore(),
    request: {
      commonName: service.slice(0, 64),
      dnsNames: isInCluster ? [service, `${service}.cluster.local`] : ['localhost'],
      ipAddresses: isInCluster ? [] : ['127.0.0.1'],
      authorityDays: 3650,
      certificateDays: 365,
    },
    now: () => new Date(),
    log,
    signal,
    onChange: ({ pair }) => server.setSecureContext(contextOf(pair)),
  });
  const server = createServer({
    ...contextOf(certificate.pair),
    handshakeTimeout: 10_000,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
  });
  return server;
}
