import { isIP } from 'node:net';
import type { FlagValues } from '@weir/core/config';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, delay } from '@weir/kube';
import {
  installWebhooks,
  keepCertificate,
  keepWebhooksInstalled,
  memoryStore,
  type ServingCertificateRequest,
  secretStore,
  startWebhookServer,
  type WebhookTarget,
  webhookKinds,
} from '@weir/kube/admission';
import {
  ModelCacheSource,
  type ServingAdmissionOptions,
  type ServingWebhooks,
  servingWebhooks,
} from '@weir/llmisvc';
import { type CliContext, isInCluster, podListenHost } from '../../context.ts';
import type { ControllerMetrics } from './metrics.ts';
import { webhookSecretName, webhookServiceName } from './names.ts';
import { untilWebhooksWork } from './probe.ts';
import { tlsSettings } from './tls.ts';

export interface WebhookOptions {
  readonly context: CliContext;
  readonly values: FlagValues;
  readonly client: Client;
  readonly admission: ServingAdmissionOptions;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly metrics: ControllerMetrics;
}

export interface RunningWebhooks {
  /** Replicas answer at one address, so that each of them may install it; else only who leads does. */
  readonly isShared: boolean;
  /** Makes the API server call them, waits until it does, and keeps it so. */
  install(): Promise<void>;
  stop(): Promise<void>;
}

interface Endpoint {
  readonly listenHost: string;
  readonly port: number;
  /** The host of the URL; empty behind a Service. */
  readonly urlHost: string;
}

/** Serves the webhooks. */
export async function startWebhooks(options: WebhookOptions): Promise<RunningWebhooks> {
  const { values, client, admission, log, signal, metrics } = options;
  const { systemNamespace } = admission;
  const endpoint = endpointOf(options);
  if (endpoint === null) {
    log.warn(
      'webhooks are neither served nor installed: set WEIR_WEBHOOK_HOST to an address of this machine that the API server reaches',
    );
    return { isShared: true, install: () => Promise.resolve(), stop: () => Promise.resolve() };
  }
  const isDefaulting = values.get('defaulting-webhook') === true;
  const caches = isDefaulting ? { modelCaches: startModelCaches(options) } : {};
  const webhooks = servingWebhooks({ ...admission, ...caches, defaulting: isDefaulting });
  let installed: WebhookTarget | undefined;
  let caBundlePem = '';
  const certificate = await keepCertificate({
    store: endpoint.urlHost === '' ? secretOf(options) : memoryStore(),
    request: certificateRequest(endpoint, systemNamespace),
    now: () => new Date(),
    log,
    signal,
    // Callers trust the new authority before the server shows what it has issued.
    onChange: async (next) => {
      caBundlePem = next.caBundlePem;
      if (installed !== undefined) await installWebhooks(client, webhooks.set, installed, caBundlePem);
      server.setCertificate(next.pair);
    },
  });
  caBundlePem = certificate.caBundlePem;
  const server = await startWebhookServer({
    host: endpoint.listenHost,
    port: endpoint.port,
    certificate: certificate.pair,
    ...tlsSettings(values),
    routes: webhooks.routes,
    log,
    onAnswer: (path, code, seconds) => {
      metrics.webhookRequests.labels({ webhook: path, code: String(code) }).inc();
      metrics.webhookLatency.labels({ webhook: path }).observe(seconds);
    },
  });
  let kept: { stopped(): Promise<void> } | undefined;
  return {
    isShared: endpoint.urlHost === '',
    async install() {
      const target = targetOf(endpoint, server.port, systemNamespace);
      installed = target;
      await install(options, webhooks, target, () => caBundlePem, isDefaulting);
      const set = webhooks.set;
      kept = await keepWebhooksInstalled({
        client,
        log,
        signal,
        set,
        target,
        caBundlePem: () => caBundlePem,
      });
      if (target.type === 'url') await untilWebhooksWork({ client, namespace: systemNamespace, log, signal });
      if (!signal.aborted)
        log.info('webhooks are installed', { port: server.port, defaulting: isDefaulting });
    },
    async stop() {
      await Promise.all([kept?.stopped(), server.close()]);
    },
  };
}

/** Only defaulting looks at them. */
function startModelCaches({ admission, client, log, signal }: WebhookOptions): ModelCacheSource {
  const caches = new ModelCacheSource({ systemNamespace: admission.systemNamespace, log });
  caches.start(client, signal);
  return caches;
}

function endpointOf({ context, values }: WebhookOptions): Endpoint | null {
  const { WEIR_WEBHOOK_HOST: host = '', WEIR_WEBHOOK_PORT: port = '' } = context.env;
  const given = port === '' ? Number(values.get('webhook-port')) : Number(port);
  if (host !== '') return { listenHost: host, port: given, urlHost: host };
  return isInCluster(context.env)
    ? { listenHost: podListenHost(context.env), port: given, urlHost: '' }
    : null;
}

function secretOf({ client, admission }: WebhookOptions): ReturnType<typeof secretStore> {
  const labels = { 'app.kubernetes.io/name': webhookServiceName, 'app.kubernetes.io/managed-by': 'weir' };
  return secretStore(client, { namespace: admission.systemNamespace, name: webhookSecretName }, labels);
}

function certificateRequest(endpoint: Endpoint, systemNamespace: string): ServingCertificateRequest {
  const service = `${webhookServiceName}.${systemNamespace}.svc`;
  const isAddress = isIP(endpoint.urlHost) !== 0;
  const dnsNames =
    endpoint.urlHost === '' ? [service, `${service}.cluster.local`] : isAddress ? [] : [endpoint.urlHost];
  return {
    commonName: service.slice(0, 64),
    dnsNames,
    ipAddresses: isAddress ? [endpoint.urlHost] : [],
    authorityDays: 3650,
    certificateDays: 365,
  };
}

function targetOf(endpoint: Endpoint, port: number, namespace: string): WebhookTarget {
  if (endpoint.urlHost === '') return { type: 'service', namespace, name: webhookServiceName, port: 443 };
  const host = isIP(endpoint.urlHost) === 6 ? `[${endpoint.urlHost}]` : endpoint.urlHost;
  return { type: 'url', base: `https://${host}:${port}` };
}

const retryMs = 1000;

/** Goes on trying: the definitions may be installed after the controller. */
async function install(
  { client, log, signal, admission }: WebhookOptions,
  webhooks: ServingWebhooks,
  target: WebhookTarget,
  caBundlePem: () => string,
  isDefaulting: boolean,
): Promise<void> {
  let last = '';
  while (!signal.aborted) {
    try {
      // One that an earlier run left behind would refuse every write.
      if (!isDefaulting) await removeDefaulting(client, admission);
      return await installWebhooks(client, webhooks.set, target, caBundlePem());
    } catch (error) {
      const { message } = toError(error);
      if (message !== last) log.warn('webhooks not installed yet', { error: message });
      last = message;
    }
    await delay(retryMs, signal);
  }
}

async function removeDefaulting(client: Client, admission: ServingAdmissionOptions): Promise<void> {
  for (const name of Object.keys(servingWebhooks({ ...admission, defaulting: true }).set.mutating))
    await client.delete(webhookKinds.mutating, { namespace: '', name });
}
