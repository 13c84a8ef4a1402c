import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type AdmissionPlugin, type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { silentLogger } from '@weir/core/log';
import { Client, isKubeError } from '@weir/kube';
import {
  installWebhooks,
  keepCertificate,
  memoryStore,
  startWebhookServer,
  validatingRoute,
  type WebhookSet,
  webhookKinds,
} from '@weir/kube/admission';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type ControllerProcess, startController, untilAsked } from './controller-process.ts';
import { installDefinitions, root, startTarget, type Target } from './llmisvc-target.ts';

const services = servingResources.services as ResourceKind;
const servicesV1alpha1: ResourceKind = { ...services, version: 'v1alpha1' };
const definitions = resources.customResourceDefinitions as ResourceKind;
const configuration = { namespace: '', name: 'llminferenceservice.serving.kserve.io' };

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('webhooks on a real API server', () => {
  let plane: RealControlPlane;
  let client: Client;
  let controller: ControllerProcess;
  let embedded: Target;

  beforeAll(async () => {
    plane = await startRealControlPlane();
    client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kserve' } };
    await client.create(resources.namespaces, namespace);
    await installDefinitions(client);
    controller = await startController(plane.kubeconfigPath);
    await untilAsked(client);
    embedded = await startTarget('embedded');
  });

  afterAll(async () => {
    await embedded?.stop();
    await controller?.stop();
    await plane?.stop();
  });

  test('configurations name every version of both kinds, with the names and paths of KServe', async () => {
    const validating = await client.get(webhookKinds.validating, configuration);
    expect(validating.webhooks.map(summaryOf)).toEqual([
      'llminferenceservice.kserve-webhook-server.v1alpha1.validator /validate-serving-kserve-io-v1alpha1-llminferenceservice v1alpha1 llminferenceservices CREATE,UPDATE Fail Exact None v1,v1beta1',
      'llminferenceservice.kserve-webhook-server.v1alpha2.validator /validate-serving-kserve-io-v1alpha2-llminferenceservice v1alpha2 llminferenceservices CREATE,UPDATE Fail Exact None v1,v1beta1',
    ]);
    const configs = await client.get(webhookKinds.validating, {
      namespace: '',
      name: 'llminferenceserviceconfig.serving.kserve.io',
    });
    expect(configs.webhooks.map(summaryOf)[1]).toBe(
      'llminferenceserviceconfig.kserve-webhook-server.v1alpha2.validator /validate-serving-kserve-io-v1alpha2-llminferenceserviceconfig v1alpha2 llminferenceserviceconfigs CREATE,UPDATE,DELETE Fail Exact None v1,v1beta1',
    );
    const mutating = await client.get(webhookKinds.mutating, configuration);
    expect(mutating.webhooks.map(summaryOf)[0]).toBe(
      'llminferenceservice.kserve-webhook-server.v1alpha1.defaulter /mutate-serving-kserve-io-v1alpha1-llminferenceservice v1alpha1 llminferenceservices CREATE,UPDATE Fail Exact None v1,v1beta1',
    );
  });

  test.each(Object.entries(invalidSpecs()))(
    '%s is refused with the status, reason and causes of the embedded server',
    async (name, spec) => {
      for (const kind of [services, servicesV1alpha1]) {
        const object = service(kind, name, spec);
        const real = await refusalOf(client, kind, object);
        expect(real).toEqual(await refusalOf(embedded.client, kind, object));
        expect(real).toMatchObject({ code: 422, reason: 'Invalid' });
      }
    },
  );

  test('a model takes the name of its service, in both versions', async () => {
    for (const kind of [services, servicesV1alpha1]) {
      const created = await client.create(kind, service(kind, 'unnamed', minimal), { dryRun: true });
      expect(created).toMatchObject({ spec: { model: { name: 'unnamed' } } });
    }
  });

  test('what is written in one version can be read and written back in the other', async () => {
    const key = { namespace: 'default', name: 'converted' };
    const shown = pool({ targetPortNumber: 8000, selector: { app: 'x' }, extensionRef: { name: 'picker' } });
    const stored = pool({
      targetPorts: [{ number: 8000 }],
      selector: { matchLabels: { app: 'x' } },
      endpointPickerRef: { name: 'picker', kind: 'Service', port: { number: 9002 } },
    });
    await client.create(servicesV1alpha1, service(servicesV1alpha1, key.name, { ...minimal, ...shown }));
    expect(await client.get(services, key)).toMatchObject({ spec: stored });
    await client.patch(services, key, { metadata: { labels: { seen: 'yes' } } });
    expect(await client.get(servicesV1alpha1, key)).toMatchObject({
      metadata: { labels: { seen: 'yes' } },
      spec: shown,
    });
    await client.delete(services, key);
  });

  test('a CRD that is applied anew gets its conversion back', async () => {
    const key = { namespace: '', name: 'llminferenceservices.serving.kserve.io' };
    await client.patch(definitions, key, { spec: { conversion: { strategy: 'None', webhook: null } } });
    // A definition is a megabyte: asking all the time would hold up the answer.
    await eventually(
      'the conversion stanza',
      async () => {
        const crd = await client.get(resources.customResourceDefinitions, key);
        return crd.spec.conversion?.strategy === 'Webhook';
      },
      { everyMs: 500 },
    );
  });

  test('a deleted configuration comes back', async () => {
    await client.delete(webhookKinds.validating, configuration);
    await eventually('the configuration', () => client.find(webhookKinds.validating, configuration));
    await untilAsked(client);
  });

  test.skipIf(manifests().length === 0)(
    'every manifest of KServe gets the same answer as from the embedded server',
    async () => {
      const answers = async (one: Client): Promise<Record<string, unknown>> => {
        const all = manifests().map(async ({ name, object }) => {
          const kind = { ...kindOf(object), version: object.apiVersion.split('/')[1] ?? '' };
          return [name, (await refusalOf(one, kind, object)) ?? 'accepted'] as const;
        });
        return Object.fromEntries(await Promise.all(all));
      };
      const real = await answers(client);
      expect(real).toEqual(await answers(embedded.client));
      expect(Object.values(real).filter((answer) => answer === 'accepted').length).toBeGreaterThan(50);
    },
  );

  test('metrics count the requests', async () => {
    const text = await controller.text(controller.metricsPort, '/metrics');
    expect(text).toMatch(
      /controller_runtime_webhook_requests_total\{webhook="\/mutate-[^"]+",code="200"\} [1-9]/,
    );
  });
});

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))(
  'a webhook whose certificate is short-lived',
  () => {
    let plane: RealControlPlane;
    beforeAll(async () => {
      plane = await startRealControlPlane();
    });
    afterAll(() => plane?.stop());

    test('goes on answering through every renewal, without a restart', async () => {
      const client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
      const stop = new AbortController();
      const used = new Set<string>();
      // The third of its life that is left at a renewal is time enough for a busy machine.
      const certificateDays = 9 / 86_400;
      const certificate = await keepCertificate({
        store: memoryStore(),
        request: {
          commonName: 'w',
          dnsNames: [],
          ipAddresses: ['127.0.0.1'],
          authorityDays: 1,
          certificateDays,
        },
        now: () => new Date(),
        log: silentLogger,
        signal: stop.signal,
        onChange: (next) => {
          used.add(next.pair.certPem);
          server.setCertificate(next.pair);
        },
      });
      const server = await startWebhookServer({
        host: '127.0.0.1',
        port: 0,
        certificate: certificate.pair,
        routes: { '/validate': validatingRoute([refuseAll]) },
        log: silentLogger,
      });
      const target = { type: 'url', base: `https://127.0.0.1:${server.port}` } as const;
      await installWebhooks(client, configMapWebhooks, target, certificate.caBundlePem);
      await eventually(
        'the webhook',
        async () => (await refusalOf(client, configMaps, configMap))?.code === 403,
      );
      const answers = new Set<string>();
      await eventually(
        'two renewals',
        async () => {
          answers.add(String((await refusalOf(client, configMaps, configMap))?.code));
          return used.size >= 2;
        },
        { everyMs: 200 },
      );
      expect([...answers]).toEqual(['403']);
      stop.abort();
      await server.close();
    });
  },
);

const configMaps = resources.configMaps as ResourceKind;
const configMap: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'refused', namespace: 'default' },
};

const refuseAll: AdmissionPlugin = {
  name: 'refuse',
  matches: () => true,
  review: () => Promise.resolve({ forbidden: 'not today' }),
};

const configMapWebhooks: WebhookSet = {
  validating: {
    refuse: [
      {
        name: 'refuse.weir.dev',
        path: '/validate',
        rule: { group: '', version: 'v1', plural: 'configmaps', operations: ['CREATE'] },
      },
    ],
  },
  mutating: {},
  conversion: { path: '/convert', definitions: [] },
};

const minimal = { model: { uri: 'hf://example/model' } };

function pool(spec: object): object {
  return { router: { scheduler: { pool: { spec } } } };
}

function invalidSpecs(): Record<string, object> {
  const rules = [{ backendRefs: [{ name: 'b', port: 80 }] }];
  return {
    'a-route-of-both-kinds': {
      ...minimal,
      router: { route: { http: { refs: [{ name: 'r' }], spec: { rules } } } },
    },
    'two-problems': {
      model: { uri: 'ftp://example/model' },
      router: { route: { http: { refs: [{ name: 'r' }], spec: { rules } } } },
    },
  };
}

function service(kind: ResourceKind, name: string, spec: object): KubeObject & { spec: object } {
  const apiVersion = `${kind.group}/${kind.version}`;
  return { apiVersion, kind: kind.kind, metadata: { name, namespace: 'default' }, spec };
}

function kindOf({ kind }: KubeObject): ResourceKind {
  return kind === services.kind ? services : (servingResources.configs as ResourceKind);
}

/** Objects of the serving kinds in the conformance suite: samples, fixtures and presets. Empty where it is missing. */
function manifests(): { name: string; object: KubeObject }[] {
  const folder = path.join(process.env.WEIR_SHARED ?? path.join(root, '../shared'), 'conformance/cases');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(samples|e2e-configs|e2e-services|presets|inputs)\/.*\.ya?ml$/.test(file))
    .sort()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(path.join(folder, file), 'utf8').replaceAll(/\$\{\w+\}/g, 'default'))
        .map((document) => document.toJS() as KubeObject | null)
        .filter((object) => object?.apiVersion?.startsWith('serving.kserve.io/') === true)
        .flatMap((object, index) =>
          object === null ? [] : [{ name: `${file} ${index}`, object: inDefault(object) }],
        ),
    );
}

function inDefault(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } };
}

/** Code, reason and causes with which a write is refused; undefined when it is accepted. */
async function refusalOf(
  client: Client,
  kind: ResourceKind,
  object: KubeObject,
): Promise<{ code: number; reason: string; details: object } | undefined> {
  try {
    await client.create(kind, object, { dryRun: true });
    return undefined;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const { code = 0, reason = '', details = {} } = error.status;
    // A real server lists the causes of a schema in the random order of its maps.
    const causes = (details.causes ?? []).map((cause) => JSON.stringify(cause)).sort();
    return { code, reason, details: { ...details, causes } };
  }
}

interface InstalledWebhook {
  readonly name: string;
  readonly clientConfig: { readonly url: string };
  readonly rules: readonly { apiVersions: string[]; resources: string[]; operations: string[] }[];
  readonly failurePolicy: string;
  readonly matchPolicy: string;
  readonly sideEffects: string;
  readonly admissionReviewVersions: readonly string[];
}

function summaryOf(webhook: object): string {
  const { name, clientConfig, rules, failurePolicy, matchPolicy, sideEffects, admissionReviewVersions } =
    webhook as InstalledWebhook;
  const { pathname } = new URL(clientConfig.url);
  const [rule] = rules.map(
    ({ apiVersions, resources: kinds, operations }) => `${apiVersions} ${kinds} ${operations}`,
  );
  return `${name} ${pathname} ${rule} ${failurePolicy} ${matchPolicy} ${sideEffects} ${admissionReviewVersions}`;
}
