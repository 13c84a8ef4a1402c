import { resources } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import type { ConfigMap, Deployment, ServiceAccount } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { appliedFor, inputFor, nothingObserved } from './fixtures.ts';
import { computeDesired, computeNothing, type DesiredInput, type Observed } from './index.ts';

const picker = {
  template: {
    serviceAccountName: 'hello-epp-sa',
    containers: [
      {
        name: 'main',
        image: 'epp',
        ports: ['grpc', 'grpc-health', 'metrics'].map((name, index) => ({
          name,
          containerPort: 9000 + index,
        })),
      },
    ],
  },
};

function input(spec: LLMInferenceServiceSpec, observed: Partial<Observed> = {}): DesiredInput {
  return inputFor(spec, { observed });
}

function conditions(desiredInput: DesiredInput): (string | undefined)[] {
  return computeDesired(desiredInput).parts.flatMap((part) =>
    (part.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`),
  );
}

function argsOf(desiredInput: DesiredInput): string[] {
  const deployment = appliedFor(desiredInput).get('Deployment hello-kserve-router-scheduler') as
    | Deployment
    | undefined;
  return deployment?.spec?.template.spec?.containers[0]?.args ?? [];
}

test('a part that is no longer wanted is removed, what is wanted stays', () => {
  const child = (kind: typeof resources.deployments | typeof resources.roles, name: string) => ({
    kind,
    object: { apiVersion: '', kind: kind.kind, metadata: { namespace: 'demo', name } },
  });
  const children = [child(resources.deployments, 'hello-kserve'), child(resources.roles, 'hello-epp-role')];
  const { remove } = computeDesired(input({}, { children }));
  expect(remove).toEqual([{ kind: resources.roles, namespace: 'demo', name: 'hello-epp-role' }]);
  expect(computeNothing({ observed: { ...nothingObserved, children } }).remove).toHaveLength(2);
});

test('a missing ServiceAccount holds the Deployment back without touching the one that runs', () => {
  const named = { template: { containers: [{ name: 'main' }], serviceAccountName: 'runner' } };
  const running = {
    kind: resources.deployments,
    object: { apiVersion: '', kind: 'Deployment', metadata: { namespace: 'demo', name: 'hello-kserve' } },
  };
  const blocked = input(named, { children: [running] });
  expect(conditions(blocked)).toEqual(['MainWorkloadReady ReconcileSingleNodeWorkloadError']);
  expect(appliedFor(blocked).has('Deployment hello-kserve')).toBe(false);
  expect(computeDesired(blocked).remove).toEqual([]);
  const account = { metadata: { namespace: 'demo', name: 'runner' } } as ServiceAccount;
  expect(conditions(input(named, { serviceAccounts: [account] }))).toEqual([]);
});

test('a model that cannot be attached is a condition, not a crash', () => {
  expect(conditions(input({ model: { uri: 'file:///srv/m.gguf' } }))).toEqual([
    'MainWorkloadReady ReconcileSingleNodeWorkloadError',
  ]);
});

test('labels that say what a pod is cannot be overridden, and user labels stay out of the selector', () => {
  const deployment = appliedFor(input({ labels: { team: 'x', 'app.kubernetes.io/component': 'other' } })).get(
    'Deployment hello-kserve',
  ) as Deployment;
  expect(deployment.spec?.selector.matchLabels).toEqual({
    'app.kubernetes.io/component': 'llminferenceservice-workload',
    'app.kubernetes.io/name': 'hello',
    'app.kubernetes.io/part-of': 'llminferenceservice',
    'kserve.io/component': 'workload',
  });
  expect(deployment.spec?.template.metadata?.labels).toMatchObject({
    team: 'x',
    'app.kubernetes.io/component': 'llminferenceservice-workload',
  });
});

test('without replicas the live count is left alone', () => {
  const deployment = appliedFor(input({})).get('Deployment hello-kserve') as Deployment;
  expect(deployment.spec).not.toHaveProperty('replicas');
});

test('several pickers elect a leader', () => {
  expect(argsOf(input({ router: { scheduler: { ...picker, replicas: 2 } } }))[0]).toBe(
    '--ha-enable-leader-election',
  );
});

test('the picker gets the typed configuration, that of the ConfigMap, its own, or the default', () => {
  const inline = { kind: 'EndpointPickerConfig', plugins: [] };
  expect(argsOf(input({ router: { scheduler: { ...picker, config: { inline } } } }))).toEqual([
    '--config-text',
    'kind: EndpointPickerConfig\nplugins: []\n',
  ]);

  const byRef = { router: { scheduler: { ...picker, config: { ref: { name: 'cm' } } } } };
  const schedulerConfigMap = {
    metadata: { name: 'cm' },
    data: { epp: 'kind: EndpointPickerConfig' },
  } as unknown as ConfigMap;
  expect(argsOf(input(byRef, { schedulerConfigMap }))).toEqual([
    '--config-text',
    'kind: EndpointPickerConfig',
  ]);

  const own = structuredClone(picker);
  Object.assign(own.template.containers[0] as object, { args: ['--config-file', '/etc/epp'] });
  expect(argsOf(input({ router: { scheduler: own } }))).toEqual(['--config-file', '/etc/epp']);

  expect(argsOf(input({ router: { scheduler: picker } }))[1]).toContain(
    '- pluginRef: prefix-cache-scorer\n        weight: 3\n',
  );
});

test('a configuration that cannot be read leaves the picker as it is and says what is missing', () => {
  const byRef = { router: { scheduler: { ...picker, config: { ref: { name: 'cm', key: 'x' } } } } };
  expect(conditions(input(byRef))).toEqual(['SchedulerWorkloadReady SchedulerConfigInvalid']);
  const schedulerConfigMap = { metadata: { name: 'cm' }, data: { epp: '' } } as unknown as ConfigMap;
  const [part] = computeDesired(input(byRef, { schedulerConfigMap })).parts.filter(
    ({ conditions: found }) => found?.length,
  );
  expect(part?.conditions?.[0]?.message).toBe(
    'ConfigMap demo/cm has no key "x" — add it or set spec.router.scheduler.config.ref.key',
  );
});

test('a picker without the ports of its Service is named', () => {
  const bare = { template: { ...picker.template, containers: [{ name: 'main' }] } };
  expect(conditions(input({ router: { scheduler: bare } }))).toEqual([
    'SchedulerWorkloadReady SchedulerPortMismatch',
  ]);
});

test('rules that match the model header go away where model-based routing is off', () => {
  const header = { headers: [{ name: 'X-Gateway-Model-Name', value: 'm' }] };
  const path = { path: { type: 'PathPrefix' as const, value: '/x' } };
  const http = {
    spec: {
      rules: [
        { name: 'both', matches: [path, header] },
        { name: 'header', matches: [header] },
      ],
    },
  };
  const rulesOf = (annotations: Record<string, string>) =>
    (
      appliedFor(input({ annotations, router: { route: { http } } })).get(
        'HTTPRoute hello-kserve-route',
      ) as unknown as { spec: { rules: unknown } }
    ).spec.rules;
  expect(rulesOf({})).toEqual([{ name: 'both', matches: [path] }]);
  expect(rulesOf({ 'serving.kserve.io/model-based-routing-enabled': 'true' })).toEqual(http.spec.rules);
});

test('references that lead nowhere are named, and the objects are written all the same', () => {
  const missing = input({
    router: {
      gateway: { refs: [{ name: 'edge', namespace: 'infra' }] },
      route: { http: { spec: { parentRefs: [{ name: 'edge', namespace: 'infra' }] } } },
    },
  });
  expect(conditions(missing)).toEqual(['GatewaysReady RefsInvalid', 'HTTPRoutesReady RefsInvalid']);
  expect(appliedFor(missing).has('HTTPRoute hello-kserve-route')).toBe(true);
  expect(conditions(input({ router: { route: { http: { refs: [{ name: 'mine' }] } } } }))).toEqual([
    'HTTPRoutesReady RefsInvalid',
  ]);
});

test('the same input gives the same output', () => {
  const one = input({ router: { scheduler: picker } });
  expect(computeDesired(one)).toEqual(computeDesired(structuredClone(one)));
});
