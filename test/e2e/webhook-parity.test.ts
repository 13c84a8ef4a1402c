import type { KubeObject } from '@weir/api/meta';
import { type ApiServer, createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import type { Fetch } from '@weir/kube';
import {
  eventually,
  type HubRoute,
  hasComponents,
  type RealControlPlane,
  respond,
  startRealControlPlane,
  startWebhookHub,
  type WebhookHub,
} from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawRequest, send } from './raw-request.ts';
import { type WebhookCase, webhookCases } from './webhook-cases.ts';
import { conversionRequests, convert, gadget } from './webhook-conversions.ts';
import { gadgetDefinition, widgetDefinition } from './webhook-definitions.ts';
import { invalidObjects } from './webhook-invalid.ts';

interface Side {
  readonly fetch: Fetch;
  readonly hub: WebhookHub;
}

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'the embedded server calls webhooks like kube-apiserver',
  () => {
    let real: RealControlPlane;
    let embedded: ApiServer;
    let sides: readonly Side[] = [];

    beforeAll(async () => {
      real = await startRealControlPlane();
      embedded = await createApiServer({
        dataDir: null,
        log: silentLogger,
        crds: [],
        admission: [],
        converters: [],
      });
      sides = await Promise.all(
        [real.fetch, embedded.fetch].map(async (fetch) => {
          const hub = await startWebhookHub(routes());
          await send(fetch, post(definitionsPath, widgetDefinition));
          await eventually('the kind', async () => (await fetch(widgetsPath)).ok);
          await Promise.all(webhookCases.map((one) => install(fetch, hub, one)));
          await installConversion(fetch, hub);
          return { fetch, hub };
        }),
      );
    });

    afterAll(async () => {
      for (const { hub } of sides) await hub.close();
      await embedded?.stop();
      await real?.stop();
    });

    test.each(conversionRequests)('conversion: %s', async (_, requests) => {
      const [theirs, ours] = await Promise.all(
        sides.map(async ({ fetch }) => {
          const answers: unknown[] = [];
          for (const request of requests) answers.push(normalise(await send(fetch, request), ''));
          return answers;
        }),
      );
      expect(ours).toEqual(theirs);
    });

    test.each(invalidObjects)('refused: %s', async (_, request) => {
      const [theirs, ours] = await Promise.all(
        sides.map(async ({ fetch }) => normalise(await send(fetch, request), '')),
      );
      expect(ours).toEqual(theirs);
    });

    test.each(webhookCases.map((one) => [one.what, one] as const))('%s', async (_, one) => {
      const [theirs, ours] = await Promise.all(sides.map((side) => replay(side, one)));
      expect(ours).toEqual(theirs);
    });
  },
);

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgetsPath = '/apis/parity.example/v1/widgets';
const configurationsPath = '/apis/admissionregistration.k8s.io/v1';

const post = (path: string, body: unknown): RawRequest => ({ method: 'POST', path, body });

function routes(): Record<string, HubRoute> {
  const entries = webhookCases.flatMap((one) =>
    one.routes.map((route, index) => [`/${one.name}/${index}`, route] as const),
  );
  return { ...Object.fromEntries(entries), '/probe': respond({ allowed: false }), '/convert': convert };
}

/** Installs the webhooks of a case, and waits until a probe in the same configuration says no. */
async function install(fetch: Fetch, hub: WebhookHub, one: WebhookCase): Promise<void> {
  const webhooks = one.webhooks.map((webhook, index) => entry(hub, one, webhook, index));
  const probe = entry(
    hub,
    one,
    {
      objectSelector: { matchLabels: { probe: one.name } },
      apiGroups: [''],
      resources: ['configmaps'],
      clientConfig: hub.clientConfig('/probe'),
    },
    webhooks.length,
  );
  const plural = `${one.type.toLowerCase()}webhookconfigurations`;
  const configuration = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${one.type}WebhookConfiguration`,
    metadata: { name: one.name },
    webhooks: [...webhooks, probe],
  };
  const created = await send(fetch, post(`${configurationsPath}/${plural}`, configuration));
  expect([created.status, created.status === 201 ? '' : created.body]).toEqual([201, '']);
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `probe-${one.name}`, labels: { probe: one.name } },
  };
  const dryRun = post('/api/v1/namespaces/default/configmaps?dryRun=All', object);
  await eventually(one.name, async () => {
    const { status, body } = await send(fetch, dryRun);
    if (status === 400) return true;
    throw new Error(`answered ${status} ${JSON.stringify(body)}`);
  });
}

/** As controllers do it: the kind is there first, and its webhook follows. */
async function installConversion(fetch: Fetch, hub: WebhookHub): Promise<void> {
  await send(fetch, post(definitionsPath, gadgetDefinition));
  const path = '/apis/parity.example/v1/namespaces/default/gadgets';
  const old = post(path, gadget('old', 'v1', { size: 3 }));
  await eventually('the gadgets', async () => (await send(fetch, old)).status === 201);
  const conversion = {
    strategy: 'Webhook',
    webhook: { clientConfig: hub.clientConfig('/convert'), conversionReviewVersions: ['v1'] },
  };
  await send(fetch, {
    method: 'PATCH',
    path: `${definitionsPath}/gadgets.parity.example`,
    type: 'application/merge-patch+json',
    body: { spec: { conversion } },
  });
  await eventually('the conversion', async () => {
    const { body } = await send(fetch, { method: 'GET', path: `${path.replace('v1', 'v1alpha1')}/old` });
    return (body as { spec?: { width?: number } }).spec?.width === 3;
  });
}

function entry(hub: WebhookHub, one: WebhookCase, webhook: object, index: number): object {
  const {
    operations = ['*'],
    apiGroups = ['parity.example', ''],
    apiVersions = ['v1'],
    resources = ['widgets', 'configmaps'],
    scope,
    ...rest
  } = webhook as Record<string, unknown>;
  return {
    name: `hook${index}.${one.name}.parity.example`,
    rules: [{ operations, apiGroups, apiVersions, resources, ...(scope === undefined ? {} : { scope }) }],
    clientConfig: hub.clientConfig(`/${one.name}/${index}`),
    objectSelector: { matchLabels: { case: one.name } },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...rest,
  };
}

async function replay({ fetch, hub }: Side, one: WebhookCase): Promise<unknown> {
  const answers: unknown[] = [];
  for (const request of one.requests) {
    // kube-apiserver patches what its cache holds first, and calls every webhook again where that was too old.
    if (one.comparesReviews === true && request.method === 'PATCH') await untilCached(fetch, request.path);
    answers.push(normalise(await send(fetch, request), ''));
  }
  if (one.comparesReviews !== true) return answers;
  const reviews = one.routes.map((_, index) => hub.received.get(`/${one.name}/${index}`) ?? []);
  return { answers, reviews: normalise(reviews, '') };
}

/** Waits until the server's cache holds the object as it is. */
async function untilCached(fetch: Fetch, path: string): Promise<void> {
  const object = path.replace(/\?.*$/, '').replace(/\/(status|scale)$/, '');
  const versionOf = async (query: string): Promise<string | undefined> => {
    const { body } = await send(fetch, { method: 'GET', path: `${object}${query}` });
    return (body as Partial<KubeObject>).metadata?.resourceVersion;
  };
  await eventually(
    'the cache',
    async () => (await versionOf('?resourceVersion=0')) === (await versionOf('')),
  );
}

const volatile: readonly string[] = ['uid', 'resourceVersion', 'creationTimestamp', 'userInfo'];

/** Replaces what differs from run to run. */
function normalise(value: unknown, key: string): unknown {
  if (volatile.includes(key) && value !== null) return `<${key}>`;
  if (typeof value === 'string') {
    return value
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<uid>')
      .replaceAll(/127\.0\.0\.1:\d{4,}/g, '<hub>')
      .replaceAll(/made-[a-z0-9]{5}/g, 'made-<random>');
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => normalise(item, ''));
    return key === 'managedFields' ? inOrder(items) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(
      ([name, item]) =>
        !['.', 'time'].includes(name) && item !== null && !(name === 'continue' && item === ''),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, item]) => [name, normalise(item, name)]));
}

/** Managers are ordered by time. */
function inOrder(items: readonly unknown[]): unknown[] {
  return items.map((item) => JSON.stringify(item)).sort();
}
