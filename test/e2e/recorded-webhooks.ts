import { silentLogger } from '@weir/core/log';
import type { Client } from '@weir/kube';
import {
  installWebhooks,
  startWebhookServer,
  type WebhookRoute,
  type WebhookSet,
} from '@weir/kube/admission';
import { createCertificateAuthority, issueCertificate } from '@weir/kube/certificates';
import { servingWebhooks } from '@weir/llmisvc';

/** What a review is about, as far as it is recorded. */
interface ReviewRequest {
  readonly operation: string;
  readonly dryRun?: boolean;
  readonly object?: {
    readonly metadata: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
  };
}

/** The webhooks of the serving kinds, which note what they are asked about. */
export interface RecordedWebhooks {
  /** Such as `mutate CREATE hello`, or `validate CREATE dry merged spec of hello`. */
  readonly asked: string[];
  /** As this release does, or as one that has itself asked about everything. */
  install(client: Client, release?: 'this' | 'former'): Promise<void>;
  close(): Promise<void>;
}

export async function startRecordedWebhooks(): Promise<RecordedWebhooks> {
  const { set, routes } = servingWebhooks({ systemNamespace: 'kserve', defaulting: true });
  const asked: string[] = [];
  const authority = await createCertificateAuthority('webhooks-ca', new Date(), 1);
  const certificate = await issueCertificate(authority, {
    commonName: 'webhooks',
    ipAddresses: ['127.0.0.1'],
    dnsNames: [],
    usages: ['server'],
    notBefore: new Date(),
    validDays: 1,
  });
  const server = await startWebhookServer({
    host: '127.0.0.1',
    port: 0,
    certificate,
    routes: Object.fromEntries(
      Object.entries(routes).map(([path, route]) => [path, recorded(path, route, asked)]),
    ),
    log: silentLogger,
  });
  const target = { type: 'url', base: `https://127.0.0.1:${server.port}` } as const;
  return {
    asked,
    install: (client, release = 'this') =>
      installWebhooks(client, release === 'this' ? set : asFormerly(set), target, authority.certPem),
    close: () => server.close(),
  };
}

function recorded(path: string, route: WebhookRoute, asked: string[]): WebhookRoute {
  const [, verb = ''] = /^\/(mutate|validate)-.*-llminferenceservice$/.exec(path) ?? [];
  if (verb === '') return route;
  return {
    ...route,
    answer(body, log) {
      const { operation, dryRun, object } = body.request as ReviewRequest;
      const { name, annotations = {} } = object?.metadata ?? {};
      const of = annotations['weir.dev/merged-spec-of'];
      const subject = of === undefined ? name : `merged spec of ${of}`;
      asked.push(`${verb} ${operation}${dryRun === true ? ' dry' : ''} ${subject}`);
      return route.answer(body, log);
    },
  };
}

function asFormerly({ validating, mutating, conversion }: WebhookSet): WebhookSet {
  const without = (configurations: WebhookSet['validating']): WebhookSet['validating'] =>
    Object.fromEntries(
      Object.entries(configurations).map(([name, entries]) => [
        name,
        entries.map(({ matchConditions: _none, ...entry }) => entry),
      ]),
    );
  return { validating: without(validating), mutating: without(mutating), conversion };
}
