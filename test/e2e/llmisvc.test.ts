import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gatewayResources } from '@weir/api/gateway';
import { keyOf, resources } from '@weir/api/meta';
import { type LLMInferenceService, type LLMInferenceServiceSpec, servingResources } from '@weir/api/serving';
import { eventually, hasComponents, untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  childrenOf,
  isObserved,
  playCluster,
  playDeployments,
  readinessOf,
  root,
  startTarget,
  type Target,
  type TargetName,
} from './llmisvc-target.ts';

const targets: readonly TargetName[] = hasComponents('etcd', 'kube-apiserver')
  ? ['embedded', 'kubernetes']
  : ['embedded'];

describe.each(targets)('the controller on the API server: %s', (targetName) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(targetName);
  });
  afterAll(() => target?.stop());

  const children = (name: string): Promise<string[]> => childrenOf(target.client, name);
  const readiness = (name: string): Promise<unknown> =>
    readinessOf(target.client, { namespace: 'default', name });
  const createService = (name: string, spec: LLMInferenceServiceSpec): Promise<LLMInferenceService> =>
    target.client.create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name, namespace: 'default' },
      spec,
    });
  /** Waits until the controller has written nothing for a while. */
  const quiet = async (): Promise<void> => {
    for (let seen = -1; seen !== target.writes.length; ) {
      seen = target.writes.length;
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  };

  test('the quickstart becomes Ready with the URL of its gateway, and leaves nothing behind', async () => {
    const { client } = target;
    const sample = parse(readFileSync(path.join(root, 'config/samples/quickstart.yaml'), 'utf8'));
    const service = sample as LLMInferenceService;
    await client.apply({ ...servingResources.services, version: 'v1alpha1' }, service);
    await untilHolds(async () => expect(await children('quickstart')).toEqual(quickstartChildren));
    await untilHolds(async () =>
      expect(await readiness('quickstart')).toMatchObject({ status: 'False', reason: 'Progressing' }),
    );

    await untilHolds(async () => {
      await playCluster(client, 'quickstart');
      expect(await readiness('quickstart')).toMatchObject({ status: 'True' });
    });
    const ready = await client.get(servingResources.services, keyOf(service));
    expect(ready.status).toMatchObject({
      url: 'http://127.0.0.1:7080/default/quickstart',
      replicas: '1/1',
      model: 'smollm2',
      topology: 'single',
      stage: 'Serving',
      observedGeneration: ready.metadata.generation,
      workloads: { primary: { name: 'quickstart-kserve', readyReplicas: 1 } },
      appliedConfigs: [
        { name: 'kserve-config-llm-scheduler' },
        { name: 'kserve-config-llm-router-route' },
        { name: 'kserve-config-llm-template' },
      ],
    });

    await client.delete(servingResources.services, keyOf(service));
    await untilHolds(async () => {
      expect(await client.find(servingResources.services, keyOf(service))).toBeUndefined();
      expect(await children('quickstart')).toEqual([]);
    });
  });

  test('a settled service costs no write, drift is repaired, and removed parts are pruned', async () => {
    const { client } = target;
    const service = await createService('drift', {
      model: { uri: 'hf://org/model' },
      template: { containers: [{ name: 'main', resources: { limits: { cpu: '1000m' } } }] },
      router: { route: {}, scheduler: {} },
    });
    await untilHolds(async () => expect(await children('drift')).toHaveLength(quickstartChildren.length));
    await untilHolds(async () => {
      await playDeployments(client, 'drift');
      const { status } = await client.get(servingResources.services, keyOf(service));
      expect(status?.replicas).toBe('1/1');
    });
    await quiet();
    const settled = target.writes.length;
    const deployment = { namespace: 'default', name: 'drift-kserve' };
    await client.patch(resources.deployments, deployment, { metadata: { labels: { touched: 'yes' } } });
    await quiet();
    expect(target.writes.slice(settled)).toEqual([]);

    const workloadService = { namespace: 'default', name: 'drift-kserve-workload-svc' };
    await client.patch(resources.services, workloadService, {
      spec: { ports: [{ name: 'http', port: 9999 }] },
    });
    await client.delete(gatewayResources.httpRoutes, { namespace: 'default', name: 'drift-kserve-route' });
    await untilHolds(async () => {
      const repaired = await client.get(resources.services, workloadService);
      expect(repaired.spec?.ports).toMatchObject([{ name: 'http', port: 8000 }]);
      expect(await children('drift')).toHaveLength(quickstartChildren.length);
    });

    await client.patch(servingResources.services, keyOf(service), { spec: { router: null } });
    await untilHolds(async () =>
      expect(await children('drift')).toEqual([
        'Deployment drift-kserve',
        'Secret drift-kserve-self-signed-certs',
        'Service drift-kserve-workload-svc',
      ]),
    );
  });

  test('stopping removes every child and the URL, resuming brings them back', async () => {
    const { client } = target;
    const key = keyOf(
      await createService('pause', { model: { uri: 'hf://org/model' }, router: { route: {} } }),
    );
    const annotate = (value: string | null) =>
      client.patch(servingResources.services, key, {
        metadata: { annotations: { 'serving.kserve.io/stop': value } },
      });
    await untilHolds(async () => expect(await children('pause')).toHaveLength(4));
    await annotate('true');
    await untilHolds(async () => {
      expect(await children('pause')).toEqual([]);
      const { status } = await client.get(servingResources.services, key);
      expect(status).toMatchObject({ stage: 'Stopped' });
      expect(status?.url).toBeUndefined();
      expect(await readiness('pause')).toMatchObject({ status: 'False', reason: 'Stopped' });
    });
    await annotate(null);
    await untilHolds(async () => expect(await children('pause')).toHaveLength(4));
  });

  test('a missing base is named, and its appearance starts the service', async () => {
    const { client } = target;
    await createService('based', { model: { uri: 'hf://org/model' }, baseRefs: [{ name: 'big' }] });
    await untilHolds(async () =>
      expect(await readiness('based')).toMatchObject({
        status: 'False',
        reason: 'ConfigNotFound',
        message: expect.stringContaining(
          'LLMInferenceServiceConfig "big" not found in namespaces [default kserve]',
        ),
      }),
    );
    expect(await children('based')).toEqual([]);
    await client.create(servingResources.configs, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceServiceConfig',
      metadata: { name: 'big', namespace: 'default' },
      spec: { replicas: 3 },
    });
    const deployment = { namespace: 'default', name: 'based-kserve' };
    await untilHolds(async () =>
      expect((await client.find(resources.deployments, deployment))?.spec?.replicas).toBe(3),
    );
  });

  test('a spec that stops composing keeps what runs, and its condition says so', async () => {
    const { client } = target;
    const key = keyOf(await createService('lasting', { model: { uri: 'hf://org/model' }, replicas: 2 }));
    const versions = async (): Promise<unknown[]> => {
      const { items } = await client.list(resources.deployments, {
        labelSelector: 'app.kubernetes.io/name=lasting',
      });
      return items.map(({ metadata, spec }) => [metadata.name, metadata.generation, spec?.replicas]);
    };
    const made = [['lasting-kserve', 1, 2]];
    await untilHolds(async () => expect(await versions()).toEqual(made));
    // The last of a pass is the status: by then everything is made.
    await eventually('the status', () => isObserved(client, 'lasting'));
    const before = await children('lasting');
    await client.patch(servingResources.services, key, {
      spec: { replicas: 5, baseRefs: [{ name: 'gone' }] },
    });
    await untilHolds(async () =>
      expect(await readiness('lasting')).toMatchObject({
        status: 'False',
        reason: 'ConfigNotFound',
        message: expect.stringMatching(
          /"gone" not found .*; what was made of the last spec that composed runs on unchanged$/,
        ),
      }),
    );
    expect([await children('lasting'), await versions()]).toEqual([before, made]);
    await client.patch(servingResources.services, key, { spec: { baseRefs: null } });
    await untilHolds(async () => expect(await versions()).toEqual([['lasting-kserve', 2, 5]]));
  });

  test('an edit of a Config or a ConfigMap reaches the services that use it', async () => {
    const { client } = target;
    const apiVersion = 'serving.kserve.io/v1alpha2';
    const config = await client.create(servingResources.configs, {
      apiVersion,
      kind: 'LLMInferenceServiceConfig',
      metadata: { name: 'shared', namespace: 'default' },
      spec: {
        template: { containers: [{ name: 'main', env: [{ name: 'WHO', value: 'first {{ .Name }}' }] }] },
      },
    });
    const configMap = await client.create(resources.configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'picker', namespace: 'default' },
      data: { epp: 'kind: EndpointPickerConfig' },
    });
    await createService('user', {
      model: { uri: 'hf://org/model' },
      baseRefs: [{ name: 'shared' }],
      router: { scheduler: { config: { ref: { name: 'picker', key: 'epp' } } } },
    });
    const podOf = async (name: string) =>
      (await client.find(resources.deployments, { namespace: 'default', name }))?.spec?.template.spec
        ?.containers[0];
    const who = async () => (await podOf('user-kserve'))?.env?.find(({ name }) => name === 'WHO')?.value;
    const text = async () => (await podOf('user-kserve-router-scheduler'))?.args?.at(-1);
    await untilHolds(async () =>
      expect([await who(), await text()]).toEqual(['first user', configMap.data?.epp]),
    );

    const containers = [{ name: 'main', env: [{ name: 'WHO', value: 'second {{ .Name }}' }] }];
    await client.patch(servingResources.configs, keyOf(config), { spec: { template: { containers } } });
    await client.patch(resources.configMaps, keyOf(configMap), { data: { epp: 'kind: Other' } });
    await untilHolds(async () => expect([await who(), await text()]).toEqual(['second user', 'kind: Other']));
  });

  test('an object of somebody else with the name of a child is left alone and named', async () => {
    const { client } = target;
    const foreign = { namespace: 'default', name: 'taken-kserve-workload-svc' };
    await client.create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: foreign,
      spec: { ports: [{ port: 1 }] },
    });
    await createService('taken', { model: { uri: 'hf://org/model' } });
    await untilHolds(async () =>
      expect(await readiness('taken')).toMatchObject({
        reason: 'ReconcileWorkloadServiceError',
        message: expect.stringContaining(
          'Service default/taken-kserve-workload-svc exists and is not controlled by',
        ),
      }),
    );
    expect((await client.get(resources.services, foreign)).spec?.ports).toMatchObject([{ port: 1 }]);
  });

  test('both versions show the same service', async () => {
    const { client } = target;
    const v1alpha1 = { ...servingResources.services, version: 'v1alpha1' };
    await client.create(v1alpha1, {
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind: 'LLMInferenceService',
      metadata: { name: 'twice', namespace: 'default' },
      spec: { model: { uri: 'hf://org/model', name: 'm' }, replicas: 2 },
    });
    const key = { namespace: 'default', name: 'twice' };
    const expected = { model: { uri: 'hf://org/model', name: 'm' }, replicas: 2 };
    expect(await client.get(servingResources.services, key)).toMatchObject({
      apiVersion: 'serving.kserve.io/v1alpha2',
      spec: expected,
    });
    expect(await client.get(v1alpha1, key)).toMatchObject({
      apiVersion: 'serving.kserve.io/v1alpha1',
      spec: expected,
    });
  });

  test.runIf(targetName === 'embedded')('admission names the field that is wrong', async () => {
    const refused = (spec: unknown) =>
      createService('refused', spec as LLMInferenceServiceSpec).then(
        () => 'accepted',
        (error: { code?: number; message?: string }) => `${error.code} ${error.message}`,
      );
    expect(await refused({ model: { uri: 'hf://a/b' }, prefill: { worker: {} } })).toMatch(
      /^422 .*spec\.prefill\.worker: Invalid value.*parallelism must be configured/,
    );
    expect(await refused({ model: { uri: 'ftp://a/b' } })).toMatch(/^422 .*unsupported scheme "ftp"/);
    expect(await refused({ model: {} })).toMatch(/^422 .*spec\.model\.uri: Required value/);
    expect(await children('refused')).toEqual([]);
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
