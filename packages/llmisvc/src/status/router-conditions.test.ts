import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources, ingresses } from '@weir/api/gateway';
import { inferencePoolV1, inferencePoolV1alpha2 } from '@weir/api/inference';
import { type Condition, resources } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { childObject, inputFor, nothingObserved } from '../desired/fixtures.ts';
import type { Observed } from '../desired/index.ts';
import { computeStatus } from './compute.ts';

const gw = { name: 'gw', namespace: 'demo' };
const accepted = { type: 'Accepted', status: 'True' };
const pod = { template: { containers: [] } };

function statusOf(spec: LLMInferenceServiceSpec, observed: Partial<Observed>) {
  const input = inputFor(spec);
  const combined = { type: 'combined', spec: input.spec, layers: [], appliedConfigs: [], pins: {} } as const;
  const world = { ...nothingObserved, ...observed };
  return computeStatus({ ...input, combined, observed: world, isStopped: false, problems: [], now: 'T' });
}

function told(spec: LLMInferenceServiceSpec, observed: Partial<Observed>, type: string): string | undefined {
  const found = statusOf(spec, observed).conditions?.find((condition) => condition.type === type);
  return found && [found.status, found.reason, found.message].filter(Boolean).join(' ');
}

function route(reason?: string) {
  const conditions: Condition[] =
    reason === undefined
      ? [accepted as Condition, { type: 'ResolvedRefs', status: 'True' }]
      : [{ type: 'Accepted', status: 'False', reason }];
  return childObject(gatewayResources.httpRoutes, 'hello-kserve-route', {
    spec: { parentRefs: [gw] },
    status: { parents: [{ parentRef: gw, conditions }] },
  });
}

describe('the pool', () => {
  const spec = { router: { route: { http: {} }, scheduler: pod } };
  const parents = [{ parentRef: gw, conditions: [accepted] }];
  const older = childObject(inferencePoolV1alpha2, 'hello-inference-pool', { status: { parent: parents } });
  const newer = childObject(inferencePoolV1, 'hello-inference-pool', { status: {} });

  test('is ready when a gateway accepts it in one of its generations', () => {
    expect(told(spec, { children: [route(), newer, older] }, 'InferencePoolReady')).toBe('True');
    expect(told(spec, { children: [route(), newer] }, 'InferencePoolReady')).toMatch(
      /^False WaitingForGateway /,
    );
  });

  test('is judged by every report of its own gateways and by no other', () => {
    const refusal = { type: 'Accepted', status: 'False', reason: 'NotSupportedByParent' };
    const ready = (...all: object[]) => {
      const child = childObject(inferencePoolV1, 'hello-inference-pool', { status: { parents: all } });
      return told(spec, { children: [route(), child] }, 'InferencePoolReady');
    };
    const own = { parentRef: gw, conditions: [accepted] };
    const other = { parentRef: { ...gw, name: 'other' }, conditions: [refusal] };
    expect(ready(other, { parentRef: gw, conditions: [] }, own)).toBe('True');
    expect(ready(other)).toMatch(/^False WaitingForGateway /);
    expect(ready(own, { parentRef: gw, conditions: [refusal] })).toMatch(/^False InferencePoolNotReady /);
  });

  test('that chooses none of the pods is of no use', () => {
    const labels = { 'app.kubernetes.io/name': 'hello', 'kserve.io/component': 'workload' };
    const endpointPickerRef = { name: 'hello-epp-service' };
    const own = { selector: { matchLabels: labels }, targetPorts: [{ number: 8000 }], endpointPickerRef };
    const pooled = { router: { route: { http: {} }, scheduler: { ...pod, pool: { spec: own } } } };
    const stray = (spec: object) =>
      ({ metadata: { labels: { 'app.kubernetes.io/name': 'hello' } }, spec }) as unknown as Pod;
    const ready = (...pods: Pod[]) =>
      told(pooled, { children: [route(), older], pods }, 'InferencePoolReady');
    expect(ready(stray({}))).toBe('True');
    expect(ready(stray({ nodeName: 'n' }))).toBe(
      'False EndpointsEmpty no pod has the labels that the pool selects: ' +
        'app.kubernetes.io/name=hello, kserve.io/component=workload',
    );
  });

  test('without a ready pod is of no use', () => {
    const labels = { app: 'engine' };
    const endpointPickerRef = { name: 'hello-epp-service' };
    const own = { selector: { matchLabels: labels }, targetPorts: [{ number: 8000 }], endpointPickerRef };
    const pooled = { router: { route: { http: {} }, scheduler: { ...pod, pool: { spec: own } } } };
    const podWith = (status: string, name = 'p') =>
      ({
        metadata: { name, labels },
        spec: { nodeName: 'n' },
        status: { conditions: [{ type: 'Ready', status }] },
      }) as unknown as Pod;
    const children = [route(), older];
    const ready = (...pods: Pod[]) => told(pooled, { children, pods }, 'InferencePoolReady');
    expect(ready()).toBe('True');
    expect(ready(podWith('False'))).toBe(
      'False EndpointsEmpty none of the 1 pods in the pool is ready — see MainWorkloadReady',
    );
    expect(ready(podWith('False'), podWith('True', 'q'))).toBe('True');
  });

  test('of somebody else has to exist, and brings no picker', () => {
    const foreign = { router: { route: { http: {} }, scheduler: { pool: { ref: { name: 'shared' } } } } };
    expect(told(foreign, { children: [route()] }, 'InferencePoolReady')).toBe(
      'False InferencePoolFetchError InferencePool shared does not exist — create it or correct ' +
        'spec.router.scheduler.pool.ref',
    );
    const pools = [{ ...newer.object, status: { parents } }] as unknown as Observed['pools'];
    const status = statusOf(foreign, { children: [route()], pools });
    expect(status.router?.scheduler).toEqual({
      inferencePool: { group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'shared' },
    });
    expect(status.conditions?.map(({ type }) => type)).not.toContain('SchedulerWorkloadReady');
    expect(told(foreign, { children: [route()], pools }, 'RouterReady')).toBe('True');
  });
});

describe('the routes', () => {
  const spec = { router: { route: { http: {} } } };
  const good = [accepted as Condition, { type: 'ResolvedRefs', status: 'True' as const }];
  const refused: Condition[] = [{ type: 'Accepted', status: 'False', reason: 'NoMatchingParent' }];
  const ready = (parents: object[], more: object = {}) => {
    const child = childObject(gatewayResources.httpRoutes, 'hello-kserve-route', {
      spec: { parentRefs: [gw], ...more },
      status: { parents },
    });
    return told(spec, { children: [child] }, 'HTTPRoutesReady');
  };

  test('are judged by the gateways that they name, whatever others say of them', () => {
    const elsewhere = { parentRef: { ...gw, name: 'left-behind' }, conditions: refused };
    const listener = { parentRef: { ...gw, sectionName: 'other' }, conditions: refused };
    const policy = { parentRef: gw, conditions: [{ type: 'PolicyAffected', status: 'True' }] };
    expect(ready([elsewhere, listener, policy, { parentRef: gw, conditions: good }])).toBe('True');
    expect(ready([elsewhere, policy])).toMatch(/^False HTTPRoutesNotReady .*Gateway gw has not reported/);
    const two = [
      { parentRef: gw, controllerName: 'a', conditions: good },
      { parentRef: gw, controllerName: 'b', conditions: refused },
    ];
    expect(ready(two)).toMatch(/^False HTTPRoutesNotReady .*NoMatchingParent/);
  });

  test('that no URL can be made of say so', () => {
    const rules = [{ matches: [{ path: { type: 'RegularExpression', value: '^/x/[0-9]+' } }] }];
    expect(ready([{ parentRef: gw, conditions: good }], { rules })).toBe(
      'True no URL can be told, paths are matched by regular expressions only — add a match by prefix',
    );
  });
});

test('a Gateway that does not take routes of the namespace is told apart', () => {
  const spec = { router: { route: { http: {} } } };
  expect(told(spec, { children: [route('NotAllowedByListeners')] }, 'RouterReady')).toMatch(
    /^False NotAllowedByListeners HTTPRoute demo\/hello-kserve-route: Gateway gw: /,
  );
});

test('the tokenizer counts towards the router', () => {
  const spec = { router: { scheduler: { ...pod, tokenizer: pod } } };
  expect(told(spec, {}, 'TokenizerReady')).toBe(
    'False Progressing Deployment hello-tokenizer is progressing',
  );
  const status = { conditions: [{ type: 'Available', status: 'True' }] };
  const tokenizer = childObject(resources.deployments, 'hello-tokenizer', { status });
  expect(told(spec, { children: [tokenizer] }, 'TokenizerReady')).toBe('True');
  expect(told({ router: { scheduler: pod } }, {}, 'TokenizerReady')).toBeUndefined();
});

describe('an Ingress', () => {
  const spec = { router: { ingress: {} } };
  const rules = [
    {
      http: {
        paths: [{ path: '/demo/hello', pathType: 'Prefix', backend: { service: { name: 'weir-gateway' } } }],
      },
    },
    {
      host: 'x.test',
      http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'other' } } }] },
    },
  ];
  const of = (status: object) => childObject(ingresses, 'hello-kserve-ingress', { spec: { rules }, status });

  test('waits for its address, and then gives the URL', () => {
    expect(told(spec, { children: [of({})] }, 'RouterReady')).toMatch(
      /^False IngressNoAddress Ingress demo\/hello/,
    );
    const ready = of({ loadBalancer: { ingress: [{ ip: '203.0.113.9', ports: [{ port: 7080 }] }] } });
    const status = statusOf(spec, { children: [ready] });
    expect(status.addresses?.at(-1)).toMatchObject({
      name: 'ingress-external',
      url: 'http://203.0.113.9:7080/demo/hello',
      origin: { kind: 'Ingress', name: 'hello-kserve-ingress', namespace: 'demo' },
    });
    expect(status.url).toBe('http://203.0.113.9:7080/demo/hello');
  });

  test('of the user counts by its own host and TLS', () => {
    const mine = of({ loadBalancer: { ingress: [{ hostname: 'lb.test' }] } })
      .object as unknown as Observed['ingresses'][0];
    const paths = [
      { path: '/', pathType: 'Prefix' as const, backend: { service: { name: 'hello-kserve-workload-svc' } } },
    ];
    const secured = {
      ...mine,
      spec: { tls: [{ hosts: ['x.test'] }], rules: [{ host: 'x.test', http: { paths } }] },
    };
    const refs = { router: { ingress: { refs: [{ name: 'hello-kserve-ingress' }] } } };
    expect(statusOf(refs, { ingresses: [secured] }).url).toBe('https://x.test');
  });
});

describe('scaling', () => {
  const scaled = (conditions: object[] | undefined, kind: 'hpa' | 'keda') => {
    const plural = kind === 'hpa' ? 'horizontalPodAutoscalers' : 'scaledObjects';
    const children = [
      childObject(autoscalingResources[plural], 'x', {
        spec: { scaleTargetRef: { name: 'hello-kserve' } },
        ...(conditions === undefined ? {} : { status: { conditions } }),
      }),
    ];
    const wva = kind === 'hpa' ? { hpa: {} } : { keda: {} };
    return told({ scaling: { maxReplicas: 3, wva } }, { children }, 'ScalingReady');
  };

  test('is ready when the scaler says so', () => {
    expect(scaled(undefined, 'hpa')).toMatch(/^False HPAProgressing /);
    expect(scaled([{ type: 'AbleToScale', status: 'True' }], 'hpa')).toBe('True');
    expect(scaled([{ type: 'AbleToScale', status: 'Unknown', reason: 'R', message: 'm' }], 'hpa')).toBe(
      'Unknown R m',
    );
    const failing = [
      { type: 'AbleToScale', status: 'True' },
      { type: 'ScalingActive', status: 'False', reason: 'FailedGetExternalMetric', message: 'none' },
    ];
    expect(scaled(failing, 'hpa')).toBe('False FailedGetExternalMetric none');
    expect(scaled(undefined, 'keda')).toMatch(/^False ScaledObjectProgressing /);
    expect(scaled([{ type: 'Ready', status: 'True' }], 'keda')).toBe('True');
    expect(scaled([{ type: 'Ready', status: 'False', reason: 'Bad', message: 'm' }], 'keda')).toBe(
      'False Bad m',
    );
  });

  test('has no condition without it', () => {
    expect(told({}, {}, 'ScalingReady')).toBeUndefined();
  });
});

test('a group shows its members, and those that serve something else, without a say in Ready', () => {
  const spec = { model: { uri: 'hf://a/b', name: 'm' }, router: { route: { group: 'chat', weight: 9 } } };
  const peer = {
    metadata: { name: 'b', namespace: 'demo' },
    spec: { model: { name: 'other' }, router: { route: { group: 'chat', weight: 1 } } },
    status: {
      conditions: [{ type: 'RouterReady', status: 'True' }],
      workloads: { primary: { readyReplicas: 1 } },
    },
  } as unknown as LLMInferenceService;
  const observed = { groupPeers: [peer] };
  expect(told(spec, observed, 'GroupReady')).toMatch(/^True ModelNameAmbiguous /);
  expect(told(spec, observed, 'GroupDegraded')).toBe(
    'True MemberDivergence b of group chat serve other models and get no requests of it',
  );
  expect(told(spec, observed, 'RouterReady')).toBe('True');
  expect(statusOf(spec, observed).router?.group?.members).toEqual([
    {
      name: 'hello',
      weight: 9,
      backendRef: { group: '', kind: 'Service', name: 'hello-kserve-workload-svc', namespace: 'demo' },
    },
  ]);
});
