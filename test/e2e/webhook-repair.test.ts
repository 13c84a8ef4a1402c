import { createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import { Client, type Fetch } from '@weir/kube';
import {
  installWebhooks,
  keepWebhooksInstalled,
  type WebhookEntry,
  webhookKinds,
} from '@weir/kube/admission';
import { eventually } from '@weir/testing';
import { expect, test } from 'vitest';

const entry: WebhookEntry = {
  name: 'validator.weir.dev',
  path: '/validate',
  rule: { group: '', version: 'v1', plural: 'configmaps', operations: ['CREATE'] },
};
const target = { type: 'url', base: 'https://127.0.0.1:1' } as const;
const configuration = { namespace: '', name: 'disputed' };

test('two releases that want different webhooks do not answer each other at once, and the last one is heard', async () => {
  const server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [],
    admission: [],
    converters: [],
  });
  const reader = new Client({ fetch: server.fetch, fieldManager: 'test' });
  let writes = 0;
  const counting: Fetch = (path, init) => {
    if (init?.method === 'PATCH') writes++;
    return server.fetch(path, init);
  };
  const client = new Client({ fetch: counting, fieldManager: 'controller' });
  const start = async (webhook: WebhookEntry, signal: AbortSignal): Promise<void> => {
    const set = {
      validating: { [configuration.name]: [webhook] },
      mutating: {},
      conversion: { path: '/convert', definitions: [] },
    };
    await installWebhooks(client, set, target, 'authority');
    await keepWebhooksInstalled({
      client,
      log: silentLogger,
      signal,
      set,
      target,
      caBundlePem: () => 'authority',
    });
  };
  const [old, next] = [new AbortController(), new AbortController()];
  await start(entry, old.signal);
  await start({ ...entry, matchConditions: [{ name: 'always', expression: 'true' }] }, next.signal);
  const [before, fromMs] = [writes, performance.now()];
  await eventually('six more writes', () => writes >= before + 6);
  const seconds = (performance.now() - fromMs) / 1000;
  expect(writes - before, 'of each release one a second').toBeLessThanOrEqual(2 * (seconds + 2));
  old.abort();
  await eventually('what the new release wants', async () => {
    const { webhooks } = await reader.get(webhookKinds.validating, configuration);
    return webhooks.some((webhook) => 'matchConditions' in webhook);
  });
  next.abort();
  await server.stop();
});
