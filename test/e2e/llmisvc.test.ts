import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { type KubeObject, keyOf, type ObjectKey, type ResourceKind, resources } from '@weir/api/meta';
import { type LLMInferenceService, servingResources } from '@weir/api/serving';
import { createLogger } from '@weir/core/log';
import { Client, isKubeError } from '@weir/kube';
import { startLlmisvc } from '@weir/llmisvc';
import { eventually, hasComponents, type RealControlPlane, startRealControlPlane } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stop = new AbortController();
let plane: RealControlPlane;
let client: Client;
let controller: { stopped(): Promise<void> };
/** Requests that change something, made by the controller. */
const writes: string[] = [];

const childKinds: readonly ResourceKind[] = [
  resources.deployments,
  resources.services,
  resources.secrets,
  resources.serviceAccounts,
  resources.roles,
  resources.roleBindings,
  resources.clusterRoleBindings,
  gatewayResources.httpRoutes,
  inferencePoolV1,
];

describe.skipIf(!hasComponents('etcd', 'kube-apiserver'))('the controller on a real API server', () => {
  beforeAll(async () => {
    plane = await startRealControlPlane();
    client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
    await installKinds();
    await create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kserve' } });
    for (const file of readdirSync(path.join(root, 'config/llmisvcconfig'))) {
      const preset = parse(readFileSync(path.join(root, 'config/llmisvcconfig', file), 'utf8')) as KubeObject;
      preset.metadata.namespace = 'kserve';
      await create(servingResources.configs, preset);
    }
    await create(gatewayResources.gatewayClasses, gatewayClass());
    await create(gatewayResources.gateways, gateway());
    const fetch: typeof plane.fetch = (url, init) => {
      if (init?.method !== undefined && init.method !== 'GET')
        writes.push(`${init.method} ${url.split('?')[0]}`);
      return plane.fetch(url, init);
    };
    controller = await startLlmisvc({
      client: new Client({ fetch, fieldManager: 'weir-llmisvc' }),
      log: createLogger({ name: 'llmisvc', level: 'error' }),
      signal: stop.signal,
      systemNamespace: 'kserve',
    });
  });

  afterAll(async () => {
    stop.abort();
    await controller?.stopped();
    await plane?.stop();
  });

  test('the quickstart becomes Ready with the URL of its gateway, and leaves nothing behind', async () => {
    const [sample] = parseAllDocuments(
      readFileSync(path.join(root, 'config/samples/quickstart.yaml'), 'utf8'),
    );
    const service = sample?.toJS() as LLMInferenceService;
    await client.apply({ ...servingResources.services, version: 'v1alpha1' }, service);
    await until(async () => expect(await children('quickstart')).toEqual(quickstartChildren));
    await until(async () =>
      expect(await readiness(keyOf(service))).toMatchObject({
        status: 'False',
        reason: 'Progressing',
      }),
    );

    await playGateway('quickstart');
    await playDeployments('quickstart');
    await until(async () => expect(await readiness(keyOf(service))).toMatchObject({ status: 'True' }));
    const ready = await client.get(servingResources.services, keyOf(service));
    expect(ready.status).toMatchObject({
      url: 'http://127.0.0.1:7080/default/quickstart',
      replicas: '1/1',
      model: 'smollm2',
      topology: 'single',
      stage: 'Serving',
      observedGeneration: ready.metadata.generation,
      workloads: { primary: { name: 'quickstart-kserve', readyReplicas: 1 } },
    });
    expect(ready.status?.appliedConfigs?.map(({ name }) => name)).toEqual([
      'kserve-config-llm-scheduler',
      'kserve-config-llm-router-route',
      'kserve-config-llm-template',
    ]);

    await client.delete(servingResources.services, keyOf(service));
    await until(async () => {
      expect(await client.find(servingResources.services, keyOf(service))).toBeUndefined();
      expect(await children('quickstart')).toEqual([]);
    });
  });

  test('a settled service costs no write, drift is repaired, and removed parts are pruned', async () => {
    const service = await create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name: 'drift', namespace: 'default' },
      spec: {
        model: { uri: 'hf://org/model' },
        template: { containers: [{ name: 'main', resources: { limits: { cpu: '1000m' } } }] },
        router: { route: {}, scheduler: {} },
      },
    });
    const key = keyOf(service);
    await until(async () => expect(await children('drift')).toHaveLength(quickstartChildren.length));
    await playDeployments('drift');
    await until(async () =>
      expect((await client.get(servingResources.services, key)).status?.replicas).toBe('1/1'),
    );
    await quiet();
    const before = writes.length;
    const deployment = { namespace: 'default', name: 'drift-kserve' };
    await client.patch(resources.deployments, deployment, { metadata: { labels: { touched: 'yes' } } });
    await quiet();
    expect(writes.slice(before).filter((one) => one.includes('llminferenceservices'))).toEqual([]);

    await client.patch(
      resources.services,
      { namespace: 'default', name: 'drift-kserve-workload-svc' },
      { spec: { ports: [{ name: 'http', port: 9999 }] } },
    );
    await client.delete(gatewayResources.httpRoutes, { namespace: 'default', name: 'drift-kserve-route' });
    await until(async () => {
      const repaired = await client.get(resources.services, {
        namespace: 'default',
        name: 'drift-kserve-workload-svc',
      });
      expect(repaired.spec?.ports).toMatchObject([{ name: 'http', port: 8000 }]);
      expect(await children('drift')).toHaveLength(quickstartChildren.length);
    });

    await client.patch(servingResources.services, key, { spec: { router: null } });
    await until(async () =>
      expect(await children('drift')).toEqual([
        'Deployment drift-kserve',
        'Secret drift-kserve-self-signed-certs',
        'Service drift-kserve-workload-svc',
      ]),
    );
  });

  test('stopping removes every child and the URL, resuming brings them back', async () => {
    const service = await create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name: 'pause', namespace: 'default' },
      spec: { model: { uri: 'hf://org/model' }, router: { route: {} } },
    });
    const key = keyOf(service);
    await until(async () => expect(await children('pause')).toHaveLength(4));
    await client.patch(servingResources.services, key, {
      metadata: { annotations: { 'serving.kserve.io/stop': 'true' } },
    });
    await until(async () => {
      expect(await children('pause')).toEqual([]);
      const { status } = await client.get(servingResources.services, key);
      expect(status).toMatchObject({ stage: 'Stopped' });
      expect(status?.url).toBeUndefined();
      expect(await readiness(key)).toMatchObject({ status: 'False', reason: 'Stopped' });
    });
    await client.patch(servingResources.services, key, {
      metadata: { annotations: { 'serving.kserve.io/stop': null } },
    });
    await until(async () => expect(await children('pause')).toHaveLength(4));
  });

  test('a missing base is named, and its appearance starts the service', async () => {
    const service = await create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name: 'based', namespace: 'default' },
      spec: { model: { uri: 'hf://org/model' }, baseRefs: [{ name: 'big' }] },
    });
    const key = keyOf(service);
    await until(async () =>
      expect(await readiness(key)).toMatchObject({
        status: 'False',
        reason: 'ConfigNotFound',
        message: expect.stringContaining(
          'LLMInferenceServiceConfig "big" not found in namespaces [default kserve]',
        ),
      }),
    );
    expect(await children('based')).toEqual([]);
    await create(servingResources.configs, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceServiceConfig',
      metadata: { name: 'big', namespace: 'default' },
      spec: { replicas: 3 },
    });
    await until(async () =>
      expect(
        (await client.find(resources.deployments, { namespace: 'default', name: 'based-kserve' }))?.spec
          ?.replicas,
      ).toBe(3),
    );
  });

  test('an object of somebody else with the name of a child is left alone and named', async () => {
    await create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'taken-kserve-workload-svc', namespace: 'default' },
      spec: { ports: [{ port: 1 }] },
    } as KubeObject);
    await create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name: 'taken', namespace: 'default' },
      spec: { model: { uri: 'hf://org/model' } },
    });
    await until(async () =>
      expect(await readiness({ namespace: 'default', name: 'taken' })).toMatchObject({
        reason: 'ReconcileWorkloadServiceError',
        message: expect.stringContaining(
          'Service default/taken-kserve-workload-svc exists and is not controlled by',
        ),
      }),
    );
    const kept = await client.get(resources.services, {
      namespace: 'default',
      name: 'taken-kserve-workload-svc',
    });
    expect(kept.spec?.ports).toMatchObject([{ port: 1 }]);
  });
});

const quickstartChildren = [
  'ClusterRoleBinding default-quickstart-epp-auth-rb',
  'Deployment quickstart-kserve',
  'Deployment quickstart-kserve-router-scheduler',
  'HTTPRoute quickstart-kserve-route',
  'InferencePool quickstart-inference-pool',
  'Role quickstart-epp-role',
  'RoleBinding quickstart-epp-rb',
  'Secret quickstart-kserve-self-signed-certs',
  'Service quickstart-epp-service',
  'Service quickstart-kserve-workload-svc',
  'ServiceAccount quickstart-epp-sa',
];

async function children(name: string): Promise<string[]> {
  const labelSelector = `app.kubernetes.io/part-of=llminferenceservice,app.kubernetes.io/name=${name}`;
  const lists = await Promise.all(
    childKinds.map(async (kind) =>
      (await client.list(kind, { labelSelector })).items.map((item) => `${kind.kind} ${item.metadata.name}`),
    ),
  );
  return lists.flat().sort();
}

async function readiness(key: ObjectKey): Promise<unknown> {
  const service = await client.get(servingResources.services, key);
  return service.status?.conditions?.find(({ type }) => type === 'Ready');
}

/** What a gateway writes on the route and the pool that it serves. */
async function playGateway(name: string): Promise<void> {
  const parentRef = {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    name: 'kserve-ingress-gateway',
    namespace: 'kserve',
  };
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: type,
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const status = {
    parents: [
      {
        parentRef,
        controllerName: 'weir.dev/gateway',
        conditions: [condition('Accepted'), condition('ResolvedRefs')],
      },
    ],
  };
  await client.patch(
    gatewayResources.httpRoutes,
    { namespace: 'default', name: `${name}-kserve-route` },
    { status },
    { subresource: 'status' },
  );
  await client.patch(
    inferencePoolV1,
    { namespace: 'default', name: `${name}-inference-pool` },
    { status },
    { subresource: 'status' },
  );
}

/** What the Deployment controller writes once pods are up. */
async function playDeployments(name: string): Promise<void> {
  for (const suffix of ['-kserve', '-kserve-router-scheduler']) {
    const key = { namespace: 'default', name: `${name}${suffix}` };
    const deployment = await client.get(resources.deployments, key);
    const status = {
      observedGeneration: deployment.metadata.generation,
      replicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable' }],
    };
    await client.patch(resources.deployments, key, { status }, { subresource: 'status' });
  }
}

function gatewayClass(): KubeObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'weir' },
    spec: { controllerName: 'weir.dev/gateway' },
  } as KubeObject;
}

function gateway(): KubeObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: {
      name: 'kserve-ingress-gateway',
      namespace: 'kserve',
      annotations: { 'weir.dev/bound-ports': '{"http":7080}' },
    },
    spec: {
      gatewayClassName: 'weir',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } },
      ],
    },
    status: { addresses: [{ type: 'IPAddress', value: '127.0.0.1' }] },
  } as KubeObject;
}

async function create<T extends KubeObject>(kind: ResourceKind<T>, object: T): Promise<T> {
  const created = await client.create(kind, object);
  const { status } = object as { status?: unknown };
  if (status !== undefined) await client.patch(kind, keyOf(created), { status }, { subresource: 'status' });
  return created;
}

async function installKinds(): Promise<void> {
  const folder = path.join(root, 'config/crd/gen');
  const files = readdirSync(folder).filter((file) =>
    /^(serving|gateway\.networking|inference\.networking\.k8s)/.test(file),
  );
  for (const file of files) {
    await client.create(
      resources.customResourceDefinitions,
      JSON.parse(readFileSync(path.join(folder, file), 'utf8')),
    );
  }
  const served = [
    servingResources.services,
    servingResources.configs,
    gatewayResources.gateways,
    gatewayResources.gatewayClasses,
    gatewayResources.httpRoutes,
    inferencePoolV1,
  ];
  for (const kind of served as ResourceKind[]) {
    await eventually(`kind ${kind.kind}`, async () => {
      try {
        await client.list(kind);
        return true;
      } catch (error) {
        if (isKubeError(error, 'NotFound')) return false;
        throw error;
      }
    });
  }
}

/** Repeats an assertion until it holds. */
async function until(assertion: () => Promise<void>): Promise<void> {
  await expect
    .poll(
      async () => {
        try {
          await assertion();
          return 'held';
        } catch (error) {
          return error instanceof Error ? error.message : String(error);
        }
      },
      { timeout: 15_000, interval: 100 },
    )
    .toBe('held');
}

/** Waits until the controller has written nothing for a while. */
async function quiet(): Promise<void> {
  let seen = -1;
  while (seen !== writes.length) {
    seen = writes.length;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
}
