import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { conditionTypes, servingConverters, servingResources } from '@weir/api/serving';
import { createApiServer } from '@weir/cluster/apiserver';
import { silentLogger } from '@weir/core/log';
import { Client, isKubeError } from '@weir/kube';
import { installWebhooks, webhookKinds } from '@weir/kube/admission';
import { eventually, hasComponents, patchWith, startWebhookHub } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startController } from './in-process-controller.ts';
import {
  definitions,
  installGateway,
  installPresets,
  type Server,
  startServer,
  type TargetName,
} from './llmisvc-target.ts';
import { type RecordedWebhooks, startRecordedWebhooks } from './recorded-webhooks.ts';

const namespace = 'demo';
const services = servingResources.services as ResourceKind;
const mark = { 'weir.dev/merged-spec-of': 'somebody' };
const targets: readonly TargetName[] = ['embedded', 'kubernetes'];

describe.each(targets)('our webhooks and merged specs: %s', (name) => {
  describe.skipIf(name === 'kubernetes' && !hasComponents('etcd', 'kube-apiserver'))('', () => {
    let server: Server;
    let client: Client;
    let webhooks: RecordedWebhooks;
    let controller: { stop(): Promise<void> };

    beforeAll(async () => {
      server = await startWithoutAdmission(name);
      client = new Client({ fetch: server.fetch, fieldManager: 'test' });
      await installPresets(client);
      await installGateway(client);
      const metadata = { name: namespace };
      await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
      webhooks = await startRecordedWebhooks();
      await install('this');
      controller = await startController(server.fetch);
    });
    afterAll(async () => {
      await controller?.stop();
      await webhooks?.close();
      await server?.stop();
    });

    /** A server follows changed configurations after a while. */
    const install = async (release: 'this' | 'former'): Promise<void> => {
      await webhooks.install(client, release);
      const probe = async (annotations: Record<string, string>): Promise<number> => {
        webhooks.asked.splice(0);
        await answerOf(client.create(services, service('probe', valid, annotations), { dryRun: true }));
        return webhooks.asked.length;
      };
      await eventually(
        `the webhooks of ${release} release`,
        async () => (await probe({})) === 2 && (await probe(mark)) === (release === 'this' ? 0 : 2),
      );
      webhooks.asked.splice(0);
    };
    const presetsCombined = async (of: string, status: string): Promise<string | undefined> => {
      let message: string | undefined;
      await eventually(`PresetsCombined ${status} of ${of}`, async () => {
        const { conditions } =
          (await client.get(servingResources.services, { namespace, name: of })).status ?? {};
        const found = conditions?.find(({ type }) => type === conditionTypes.presetsCombined);
        message = found?.message;
        return found?.status === status;
      });
      return message;
    };

    test('they are asked about the service and not about its merged spec', async () => {
      await client.create(services, service('a', valid));
      await presetsCombined('a', 'True');
      expect(webhooks.asked).toEqual([
        ...['mutate CREATE a', 'validate CREATE a'],
        // The finalizer of the controller.
        ...['mutate UPDATE a', 'validate UPDATE a'],
      ]);
    });

    test.each<[string, (object: KubeObject) => Promise<unknown>]>([
      ['a create', (object) => client.create(services, object)],
      ['an apply that creates', (object) => client.apply(services, object)],
      ['an update', (object) => client.patch(services, { namespace, name: 'a' }, withoutName(object))],
      [
        'an update that is not carried out',
        (object) => client.patch(services, { namespace, name: 'a' }, withoutName(object), { dryRun: true }),
      ],
    ])('the mark of merged specs lets nothing past them: %s', async (_what, write) => {
      const answer = await answerOf(write(service('b', invalid, mark)));
      expect(answer).toMatch(/denied the request: .*cannot use both custom HTTPRoute refs/);
    });

    test('without the mark, a create that is not carried out is judged as one that is', async () => {
      const answer = await answerOf(client.create(services, service('b', invalid), { dryRun: true }));
      expect(answer).toMatch(/denied the request: .*cannot use both custom HTTPRoute refs/);
    });

    test('what the webhook of another makes of a merged spec is held to our rules in the words of our webhook', async () => {
      const hub = await startWebhookHub({ '/spoil': patchWith(spoil) });
      const authority = Buffer.from(hub.caBundle, 'base64').toString();
      await installWebhooks(client, spoiling, { type: 'url', base: hub.base }, authority);
      await eventually('the webhook of another', async () => {
        await client.create(services, service('probe', valid), { dryRun: true });
        return (hub.received.get('/spoil') ?? []).length > 0;
      });
      webhooks.asked.splice(0);
      await client.create(services, service('c', valid));
      const inProcess = await presetsCombined('c', 'False');
      expect(inProcess).toMatch(
        /\]: spec\.router\.route\.http: Invalid value: .*cannot use both custom HTTPR/,
      );
      expect(webhooks.asked.filter((one) => one.includes('merged spec'))).toEqual([]);

      await install('former');
      await client.create(services, service('d', valid));
      expect(await presetsCombined('d', 'False')).toBe(inProcess);
      expect(webhooks.asked).toContain('validate CREATE dry merged spec of d');
      await client.delete(webhookKinds.mutating, { namespace: '', name: 'spoiler' });
      await hub.close();
    });

    test('webhooks of a release that knows no exception are asked, and let it pass', async () => {
      await install('former');
      await client.create(services, service('e', valid));
      await presetsCombined('e', 'True');
      expect(webhooks.asked.filter((one) => one.includes('merged spec'))).toEqual([
        'mutate CREATE dry merged spec of e',
        'validate CREATE dry merged spec of e',
      ]);
    });
  });
});

const valid = { model: { uri: 'hf://a/b' } };
const http = { refs: [{ name: 'r' }], spec: { rules: [{ backendRefs: [{ name: 'b', port: 80 }] }] } };
/** Nothing but our rules forbids it. */
const invalid = { ...valid, router: { route: { http } } };

const spoiling = {
  validating: {},
  mutating: {
    spoiler: [
      {
        name: 'spoiler.example.org',
        path: '/spoil',
        rule: { ...services, operations: ['CREATE'] },
      },
    ],
  },
  conversion: { path: '', definitions: [] },
};

/** Changes merged specs, and leaves services as they are. */
function spoil({ metadata, spec }: Record<string, unknown>): readonly object[] {
  if ((metadata as KubeObject['metadata']).generateName === undefined) return [];
  return [{ op: 'add', path: '/spec', value: { ...(spec as object), router: { route: { http } } } }];
}

function service(name: string, spec: object, annotations: Record<string, string> = {}): KubeObject {
  const metadata = { namespace, name, annotations };
  const object = { apiVersion: 'serving.kserve.io/v1alpha2', kind: services.kind, metadata, spec };
  return object;
}

function withoutName({ metadata: { annotations }, ...object }: KubeObject): object {
  return { ...object, metadata: { annotations } };
}

/** Why a write is refused; empty where it is not. */
async function answerOf(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return '';
  } catch (error) {
    if (isKubeError(error)) return error.message;
    throw error;
  }
}

async function startWithoutAdmission(name: TargetName): Promise<Server> {
  if (name === 'kubernetes') return startServer(name);
  const converters = servingConverters;
  return createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: definitions(),
    admission: [],
    converters,
  });
}
