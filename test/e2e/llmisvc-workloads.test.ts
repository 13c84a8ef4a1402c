import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type KubeObject, keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { type LLMInferenceService, type LLMInferenceServiceSpec, servingResources } from '@weir/api/serving';
import type { Deployment } from '@weir/api/workloads';
import { eventually, hasComponents, untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf, isObserved, root, startTarget, type Target, type TargetName } from './llmisvc-target.ts';

const targets: readonly TargetName[] = hasComponents('etcd', 'kube-apiserver')
  ? ['embedded', 'kubernetes']
  : ['embedded'];
const namespace = 'default';
const pod = { containers: [{ name: 'main', image: 'engine' }] };

describe.each(targets)('the workloads of a service on the API server: %s', (targetName) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(targetName);
  });
  afterAll(() => target?.stop());

  const create = (name: string, spec: LLMInferenceServiceSpec, annotations: Record<string, string> = {}) =>
    target.client.create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name, namespace, annotations },
      spec,
    });
  const patch = (name: string, body: object): Promise<LLMInferenceService> =>
    target.client.patch(servingResources.services, { namespace, name }, body);
  const condition = async (name: string, type: string) => {
    const { status } = await target.client.get(servingResources.services, { namespace, name });
    const found = status?.conditions?.find((one) => one.type === type);
    return [found?.status, found?.reason, found?.message].filter(Boolean).join(' ');
  };
  const deployment = (name: string): Promise<Deployment | undefined> =>
    target.client.find(resources.deployments, { namespace, name });

  test('groups of pods wait for their CRD by name, and are made as soon as it is there', async () => {
    const { client } = target;
    await create('groups', {
      model: { uri: 'hf://org/model' },
      replicas: 2,
      parallelism: { data: 4, dataLocal: 2 },
      template: pod,
      worker: pod,
    });
    await untilHolds(async () =>
      expect(await condition('groups', 'WorkerWorkloadReady')).toMatch(
        /^False CRDNotFound .*leaderworkersets\.leaderworkerset\.x-k8s\.io/,
      ),
    );
    const file = path.join(root, 'config/crd/gen/leaderworkerset.x-k8s.io_leaderworkersets.json');
    const crd = JSON.parse(readFileSync(file, 'utf8')) as KubeObject;
    await client.create(resources.customResourceDefinitions as ResourceKind, crd);

    const key = { namespace, name: 'groups-kserve-mn' };
    await untilHolds(async () => {
      const set = await client.get(resources.leaderWorkerSets, key);
      expect([set.spec?.replicas, set.spec?.leaderWorkerTemplate.size]).toEqual([2, 2]);
      expect(await condition('groups', 'WorkerWorkloadReady')).toMatch(/^False Progressing/);
    });
    const available = {
      type: 'Available',
      status: 'True',
      reason: 'AllGroupsReady',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const status = { conditions: [available], replicas: 2, readyReplicas: 2 };
    await client.patch(resources.leaderWorkerSets, key, { status }, { subresource: 'status' });
    await untilHolds(async () => {
      expect(await condition('groups', 'WorkerWorkloadReady')).toBe('True');
      const service = await client.get(servingResources.services, { namespace, name: 'groups' });
      expect(service.status).toMatchObject({
        topology: 'multi-node',
        replicas: '2/2',
        workloads: { primary: { kind: 'LeaderWorkerSet', readyReplicas: 2 } },
      });
    });
    await client.delete(servingResources.services, { namespace, name: 'groups' });
    await untilHolds(async () => expect(await client.find(resources.leaderWorkerSets, key)).toBeUndefined());
  });

  test('prefill pods come and go while the main Deployment stays the same object', async () => {
    await create('split', { model: { uri: 'hf://org/model' }, template: pod });
    await untilHolds(async () => expect(await deployment('split-kserve')).toBeDefined());
    const before = await deployment('split-kserve');
    await patch('split', { spec: { prefill: { template: pod } } });
    await untilHolds(async () => {
      expect(await deployment('split-kserve-prefill')).toBeDefined();
      const main = await deployment('split-kserve');
      expect(main?.spec?.template.metadata?.labels).toMatchObject({ 'llm-d.ai/role': 'decode' });
      expect(main?.metadata.uid).toBe(before?.metadata.uid);
      expect(await condition('split', 'PrefillWorkloadReady')).toMatch(/^False Progressing/);
    });
    await patch('split', { spec: { prefill: null } });
    await untilHolds(async () => {
      expect(await childrenOf(target.client, 'split')).toEqual([
        'Deployment split-kserve',
        'Secret split-kserve-self-signed-certs',
        'Service split-kserve-workload-svc',
      ]);
      expect(await condition('split', 'PrefillWorkloadReady')).toBe('');
    });
  });

  test('a typed count stays when it is no longer typed, and then belongs to others', async () => {
    const { client } = target;
    const key = { namespace, name: 'count-kserve' };
    await create('count', { model: { uri: 'hf://org/model' }, template: pod, replicas: 3 });
    await untilHolds(async () => expect((await deployment('count-kserve'))?.spec?.replicas).toBe(3));
    await patch('count', { spec: { replicas: null } });
    // Until the controller has read that, the count is its own, and it repairs an edit.
    await eventually('the status', () => isObserved(client, 'count'));
    await client.patch(resources.deployments, key, { spec: { replicas: 5 } });
    await patch('count', { spec: { template: { containers: [{ name: 'main', image: 'engine:2' }] } } });
    await untilHolds(async () => {
      const live = await deployment('count-kserve');
      expect(live?.spec?.template.spec?.containers[0]?.image).toBe('engine:2');
      expect(live?.spec?.replicas).toBe(5);
    });
  });

  test('credentials are named while they are missing, used when they appear, and shown nowhere', async () => {
    const { client } = target;
    const annotations = { 'serving.kserve.io/storageSecretName': 'token' };
    await create('private', { model: { uri: 'hf://org/model' }, template: pod }, annotations);
    await untilHolds(async () =>
      expect(await condition('private', 'MainWorkloadReady')).toMatch(
        /Secret default\/token, named by annotation/,
      ),
    );
    await client.create(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'token', namespace },
      data: { HF_TOKEN: btoa('very-secret') },
    });
    await untilHolds(async () => {
      const initializer = (await deployment('private-kserve'))?.spec?.template.spec?.initContainers?.[0];
      expect(initializer?.env).toContainEqual({
        name: 'HF_TOKEN',
        valueFrom: { secretKeyRef: { name: 'token', key: 'HF_TOKEN' } },
      });
    });
    const told = JSON.stringify([
      await deployment('private-kserve'),
      await client.get(servingResources.services, { namespace, name: 'private' }),
    ]);
    expect(told).not.toMatch(/very-secret|dmVyeS1zZWNyZXQ/);
  });

  test('a Deployment with the larger selector of KServe is made anew and keeps its pods', async () => {
    const { client } = target;
    const service = await create('moved', {
      model: { uri: 'hf://org/model' },
      template: pod,
      baseRefs: [{ name: 'later' }],
    });
    await untilHolds(async () =>
      expect(await condition('moved', 'PresetsCombined')).toMatch(/ConfigNotFound/),
    );
    const labels = {
      'app.kubernetes.io/name': 'moved',
      'app.kubernetes.io/part-of': 'llminferenceservice',
      'app.kubernetes.io/component': 'llminferenceservice-workload',
      'kserve.io/component': 'workload',
      'llm-d.ai/role': 'both',
    };
    const { apiVersion, kind, metadata } = service;
    const owner = { apiVersion, kind, name: 'moved', uid: metadata.uid ?? '', controller: true };
    const old = await client.create(resources.deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'moved-kserve', namespace, labels, ownerReferences: [owner] },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    });
    await client.create(servingResources.configs as ResourceKind, {
      apiVersion,
      kind: 'LLMInferenceServiceConfig',
      metadata: { name: 'later', namespace },
    });
    await untilHolds(async () => {
      const live = await client.find(resources.deployments, keyOf(old));
      // The garbage collector releases the pods and then the object; here nobody else plays it.
      if (live?.metadata.deletionTimestamp !== undefined) {
        expect(live.metadata.finalizers).toEqual(['orphan']);
        await client.patch(resources.deployments, keyOf(old), { metadata: { finalizers: null } });
      }
      expect(live?.metadata.uid).not.toBe(old.metadata.uid);
      expect(live?.spec?.selector.matchLabels).not.toHaveProperty('llm-d.ai/role');
    });
  });

  test('the CA bundle of the platform is copied, kept up to date, and leaves with the last service', async () => {
    const { client } = target;
    const configMap = (where: string, name: string, data: Record<string, string>) =>
      client.apply(resources.configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: where },
        data,
      });
    const own = 'trusting';
    await client.create(resources.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: own },
    });
    await configMap('kserve', 'trust', { 'cabundle.crt': 'first' });
    const settings = JSON.stringify({ caBundleConfigMapName: 'trust' });
    await configMap('kserve', 'inferenceservice-config', { storageInitializer: settings });
    const service = await client.create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name: 'trusting', namespace: own },
      spec: { model: { uri: 'hf://org/model' }, template: pod },
    });
    const copy = async () =>
      (await client.find(resources.configMaps, { namespace: own, name: 'global-ca-bundle' }))?.data;
    await untilHolds(async () => expect(await copy()).toEqual({ 'cabundle.crt': 'first' }));
    await configMap('kserve', 'trust', { 'cabundle.crt': 'second' });
    await untilHolds(async () => expect(await copy()).toEqual({ 'cabundle.crt': 'second' }));
    await client.delete(resources.configMaps, { namespace: own, name: 'global-ca-bundle' });
    await untilHolds(async () => expect(await copy()).toEqual({ 'cabundle.crt': 'second' }));
    await client.delete(servingResources.services, keyOf(service));
    await untilHolds(async () => expect(await copy()).toBeUndefined());
    await client.delete(resources.configMaps, { namespace: 'kserve', name: 'inferenceservice-config' });
  });

  test.runIf(targetName === 'kubernetes')('a changed device claim is made anew', async () => {
    const { client } = target;
    const annotation = 'serving.kserve.io/exp-dra-device-class';
    const spec = { model: { uri: 'hf://org/model' }, template: pod };
    await create('devices', spec, { [annotation]: 'gpu.example.com' });
    const classOf = async (): Promise<unknown> => {
      const key = { namespace, name: 'devices-managed-dra' };
      const template = await client.find<KubeObject & { spec?: ClaimSpec }>(
        resources.resourceClaimTemplates as ResourceKind<KubeObject & { spec?: ClaimSpec }>,
        key,
      );
      return template?.spec?.spec.devices.requests[0]?.exactly.deviceClassName;
    };
    await untilHolds(async () => expect(await classOf()).toBe('gpu.example.com'));
    await patch('devices', { metadata: { annotations: { [annotation]: 'other.example.com' } } });
    await untilHolds(async () => expect(await classOf()).toBe('other.example.com'));
    await patch('devices', { metadata: { annotations: { [annotation]: null } } });
    await untilHolds(async () => expect(await classOf()).toBeUndefined());
  });
});

interface ClaimSpec {
  readonly spec: { readonly devices: { readonly requests: { exactly: { deviceClassName: string } }[] } };
}
