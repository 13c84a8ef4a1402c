import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources } from '@weir/api/gateway';
import { type Condition, type ResourceKind, resources } from '@weir/api/meta';
import { type LLMInferenceService, type LLMInferenceServiceSpec, servingResources } from '@weir/api/serving';
import { hasComponents, untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playCluster, startTarget, type Target, type TargetName } from './llmisvc-target.ts';

const targets: readonly TargetName[] = hasComponents('etcd', 'kube-apiserver')
  ? ['embedded', 'kubernetes']
  : ['embedded'];
const namespace = 'default';

describe.each(targets)('routing and scaling on the API server: %s', (targetName) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(targetName);
  });
  afterAll(() => target?.stop());

  const create = (name: string, spec: LLMInferenceServiceSpec): Promise<LLMInferenceService> =>
    target.client.create(servingResources.services, {
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name, namespace },
      spec,
    });
  const condition = async (name: string, type: string): Promise<Condition | undefined> => {
    const service = await target.client.get(servingResources.services, { namespace, name });
    return service.status?.conditions?.find((one) => one.type === type);
  };
  const find = (kind: ResourceKind, name: string) => target.client.find(kind, { namespace, name });
  const sharedBackends = async (name: string): Promise<unknown[]> => {
    const route = await target.client.get(gatewayResources.httpRoutes, {
      namespace,
      name: `${name}-kserve-route`,
    });
    const rule = route.spec.rules?.find((one) => one.name === 'v1-model-routing');
    return (rule?.backendRefs ?? []).map((ref) => [ref.name, ref.weight]);
  };

  test('a CRD that is missing is named, and its appearance is noticed without a restart', async () => {
    const { scaledObjects } = autoscalingResources;
    await create('scaled', {
      model: { uri: 'hf://org/base' },
      scaling: { maxReplicas: 2, keda: { triggers: [{ type: 'cron', metadata: { timezone: 'UTC' } }] } },
    });
    await untilHolds(async () =>
      expect(await condition('scaled', 'ScalingReady')).toMatchObject({
        status: 'False',
        reason: 'ScalingCRDNotFound',
      }),
    );
    await target.client.create(
      resources.customResourceDefinitions as ResourceKind,
      definitionOf(scaledObjects),
    );
    await untilHolds(async () => expect(await find(scaledObjects, 'scaled-kserve-keda')).toBeDefined());
    await untilHolds(async () =>
      expect(await condition('scaled', 'ScalingReady')).toMatchObject({ reason: 'ScaledObjectProgressing' }),
    );

    await target.client.patch(
      servingResources.services,
      { namespace, name: 'scaled' },
      { spec: { scaling: null, replicas: 1 } },
    );
    await untilHolds(async () => expect(await find(scaledObjects, 'scaled-kserve-keda')).toBeUndefined());
    await untilHolds(async () => expect(await condition('scaled', 'ScalingReady')).toBeUndefined());
  });

  test('members share traffic by weight, a stopped one gets none, and a deleted one leaves no reference', async () => {
    for (const [name, weight] of [
      ['a', 80],
      ['b', 20],
    ] as const) {
      await create(name, {
        model: { uri: 'hf://org/base', name: 'base' },
        router: { gateway: {}, route: { group: 'chat', weight }, scheduler: {} },
      });
    }
    const both = [
      ['a-inference-pool', 80],
      ['b-inference-pool', 20],
    ];
    const areBothReached = async (): Promise<void> => {
      for (const name of ['a', 'b']) await playCluster(target.client, name);
      for (const name of ['a', 'b']) expect(await sharedBackends(name)).toEqual(both);
    };
    await untilHolds(areBothReached);
    await untilHolds(async () => {
      const service = await target.client.get(servingResources.services, { namespace, name: 'a' });
      expect(service.status?.router?.group?.members?.map(({ name }) => name)).toEqual(['a', 'b']);
    });

    const stop = (value: string | null) => ({
      metadata: { annotations: { 'serving.kserve.io/stop': value } },
    });
    await target.client.patch(servingResources.services, { namespace, name: 'b' }, stop('true'));
    await untilHolds(async () => expect(await sharedBackends('a')).toEqual([['a-inference-pool', 80]]));
    // What is played below must be played to the new objects.
    await untilHolds(async () => expect((await condition('b', 'RouterReady'))?.reason).toBe('Stopped'));
    await target.client.patch(servingResources.services, { namespace, name: 'b' }, stop(null));
    await untilHolds(areBothReached);

    await target.client.delete(servingResources.services, { namespace, name: 'b' });
    await untilHolds(async () => expect(await find(servingResources.services, 'b')).toBeUndefined());
    await untilHolds(async () => expect(await sharedBackends('a')).toEqual([['a-inference-pool', 80]]));
  });

  test('a gateway has an address inside the cluster once its Service exists', async () => {
    const internal = async (): Promise<string[]> => {
      const service = await target.client.get(servingResources.services, { namespace, name: 'a' });
      const all = service.status?.addresses ?? [];
      return all.filter(({ name }) => name === 'gateway-internal').flatMap(({ url }) => url ?? []);
    };
    expect(await internal()).toEqual([]);
    await target.client.create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kserve-ingress-gateway', namespace: 'kserve' },
      spec: { ports: [{ name: 'http', port: 80 }] },
    });
    const url = 'http://kserve-ingress-gateway.kserve.svc.cluster.local/default/a';
    await untilHolds(async () => expect(await internal()).toContain(url));
  });

  test('the configuration of a picker follows its ConfigMap and the spec', async () => {
    const text = (type: string): string =>
      `apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\nplugins: [{type: ${type}}]\n`;
    const config = { ref: { name: 'picker', key: 'epp' } };
    await create('picked', { model: { uri: 'hf://org/base' }, router: { scheduler: { config } } });
    await untilHolds(async () =>
      expect(await condition('picked', 'SchedulerWorkloadReady')).toMatchObject({
        reason: 'SchedulerConfigInvalid',
        message: expect.stringContaining('ConfigMap default/picker'),
      }),
    );
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'picker', namespace } };
    await target.client.create(resources.configMaps, { ...configMap, data: { epp: text('random-picker') } });
    const args = async (): Promise<string> => {
      const key = { namespace, name: 'picked-kserve-router-scheduler' };
      const deployment = await target.client.find(resources.deployments, key);
      return deployment?.spec?.template.spec?.containers[0]?.args?.join(' ') ?? '';
    };
    await untilHolds(async () => expect(await args()).toContain('random-picker'));
    await target.client.patch(
      resources.configMaps,
      { namespace, name: 'picker' },
      { data: { epp: text('qeue-scorer') } },
    );
    await untilHolds(async () => expect(await args()).toContain('qeue-scorer'));
    await untilHolds(async () =>
      expect(await condition('picked', 'SchedulerWorkloadReady')).toMatchObject({
        reason: 'SchedulerConfigInvalid',
        message: expect.stringContaining('did you mean "queue-scorer"?'),
      }),
    );
    const patch = { spec: { router: { scheduler: { config: null } } } };
    await target.client.patch(servingResources.services, { namespace, name: 'picked' }, patch);
    await untilHolds(async () => expect(await args()).toContain('single-profile-handler'));
  });
});

function definitionOf({ group, version, kind, plural }: ResourceKind) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          },
        },
      ],
    },
  };
}
