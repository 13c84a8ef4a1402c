import { gatewayResources } from '@weir/api/gateway';
import { resources } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { childObject, inputFor, nothingObserved } from '../desired/fixtures.ts';
import type { Observed } from '../desired/index.ts';
import type { ComposedStatusInput } from '../status/input.ts';
import { type GateTarget, gateTarget } from './target.ts';

const parentRef = { name: 'gw', namespace: 'infra' };
const routed: LLMInferenceServiceSpec = { router: { route: { http: { spec: {} } }, scheduler: {} } };

function route(more: object = {}, generation = 1) {
  const child = childObject(gatewayResources.httpRoutes, 'hello-kserve-route', {
    spec: {
      parentRefs: [parentRef],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/demo/hello' } }] }],
      ...more,
    },
  });
  return {
    ...child,
    object: { ...child.object, metadata: { ...child.object.metadata, uid: 'r', generation } },
  };
}

function gateway(addresses: readonly string[]): Observed['gateways'][number] {
  return {
    apiVersion: '',
    kind: 'Gateway',
    metadata: parentRef,
    spec: { gatewayClassName: 'x', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
    status: { addresses: addresses.map((value) => ({ value })) },
  };
}

function deployment(name: string, status: object = {}, template: object = {}) {
  return childObject(resources.deployments, name, {
    spec: { replicas: 1, template },
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...status },
  });
}

interface Given {
  readonly observed?: Partial<Observed>;
  readonly platform?: Record<string, string>;
  readonly url?: string;
}

function targetOf(spec: LLMInferenceServiceSpec, { observed, platform, url }: Given): GateTarget {
  const given = inputFor(spec, {
    observed: { ...nothingObserved, ...observed },
    ...(platform && { platform }),
  });
  const input: ComposedStatusInput = {
    ...given,
    combined: { type: 'combined', spec: given.spec, layers: [], appliedConfigs: [], pins: {} },
    isStopped: false,
    problems: [],
    now: 'T',
  };
  return gateTarget(input, url);
}

describe('where a service is asked', () => {
  test('at its URL through the gateway, then at the other addresses of the same path', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'gw', namespace: 'infra' },
      spec: { clusterIP: '10.96.0.9' },
    };
    const observed = {
      children: [route()],
      gateways: [gateway(['203.0.113.7'])],
      gatewayServices: [service],
    };
    expect(targetOf(routed, { observed, url: 'http://203.0.113.7/demo/hello' }).addresses).toEqual([
      {
        url: 'http://203.0.113.7/demo/hello',
        via: 'gateway → pool',
        connect: { host: '203.0.113.7', port: 80 },
        isShared: true,
      },
      {
        url: 'http://gw.infra.svc.cluster.local/demo/hello',
        via: 'gateway → pool',
        connect: { host: '10.96.0.9', port: 80 },
        isShared: true,
      },
    ]);
  });

  test('never at a host that a user typed: only the gateway is connected to', () => {
    const children = [route({ hostnames: ['metadata.internal.example'] })];
    const observed = { children, gateways: [gateway(['203.0.113.7'])] };
    const url = 'http://metadata.internal.example/demo/hello';
    expect(targetOf(routed, { observed, url }).addresses).toEqual([
      { url, via: 'gateway → pool', connect: { host: '203.0.113.7', port: 80 }, isShared: true },
    ]);
  });

  test('by the header of its model where the path does not tell models apart', () => {
    const rules = [{ matches: [{ headers: [{ name: 'X-Gateway-Model-Name', value: 'm' }] }] }];
    const observed = { children: [route({ rules })], gateways: [gateway(['203.0.113.7'])] };
    const [address] = targetOf(routed, { observed, url: 'http://203.0.113.7/' }).addresses;
    expect(address?.headers).toEqual({ 'X-Gateway-Model-Name': 'publishers/demo/models/m' });
  });

  test('at its Service without a route, whose certificate vouches for itself', () => {
    const secret = childObject(resources.secrets, 'hello-kserve-self-signed-certs', {
      data: { 'ca.crt': Buffer.from('PEM').toString('base64') },
    });
    const service = childObject(resources.services, 'hello-kserve-workload-svc', {
      spec: { clusterIP: '10.96.0.7' },
    });
    const host = 'hello-kserve-workload-svc.demo.svc.cluster.local';
    const platform = { ingress: '{"enableLLMInferenceServiceTLS":true}' };
    expect(targetOf({}, { observed: { children: [secret, service] }, platform }).addresses).toEqual([
      {
        url: `https://${host}:8000`,
        via: 'service',
        connect: { host: '10.96.0.7', port: 8000 },
        isShared: false,
        caPem: 'PEM',
      },
    ]);
    expect(targetOf({}, {}).addresses).toEqual([
      { url: `http://${host}:8000`, via: 'service', connect: { host, port: 8000 }, isShared: false },
    ]);
  });
});

describe('the revision', () => {
  const children = (template: object, generation = 1) => [
    deployment('hello-kserve', {}, template),
    deployment('hello-kserve-router-scheduler'),
    route({}, generation),
  ];
  const url = 'http://203.0.113.7/demo/hello';
  const gateways = [gateway(['203.0.113.7'])];
  const revision = (given: Partial<Observed>, spec = routed): string =>
    targetOf(spec, { observed: { gateways, ...given }, url }).revision;

  test('changes with pod templates, routes, addresses and the model, not with replicas', () => {
    const base = revision({ children: children({ a: 1 }) });
    expect(revision({ children: children({ a: 1 }) })).toBe(base);
    const more = [
      deployment('hello-kserve', { replicas: 5, updatedReplicas: 5 }, { a: 1 }),
      ...children({}).slice(1),
    ];
    expect(revision({ children: more })).toBe(base);
    const others = [
      revision({ children: children({ a: 2 }) }),
      revision({ children: children({ a: 1 }, 2) }),
      revision({ children: children({ a: 1 }), gateways: [gateway(['203.0.113.8'])] }),
      revision({ children: children({ a: 1 }) }, { ...routed, model: { uri: 'hf://a/b', name: 'other' } }),
    ];
    expect(new Set([base, ...others]).size).toBe(5);
  });

  test('pods that become ready or go are other surroundings of the same revision', () => {
    const pod = (uid: string, status: 'True' | 'False'): Pod => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: uid, uid },
      status: { conditions: [{ type: 'Ready', status }] },
    });
    const surroundings = (...pods: Pod[]): string => targetOf({}, { observed: { pods } }).surroundings;
    const base = surroundings(pod('a', 'True'), pod('b', 'True'));
    expect(surroundings(pod('b', 'True'), pod('a', 'True'))).toBe(base);
    expect(surroundings(pod('a', 'True'), pod('b', 'False'))).not.toBe(base);
  });

  test('requests that failed since, as the gateway tells, are other surroundings of the same revision', () => {
    const told = (lastTransitionTime: string): GateTarget => {
      const conditions = [
        { type: 'Accepted', status: 'True', lastTransitionTime: 'T0' },
        { type: 'weir.dev/RequestsFailed', status: 'True', lastTransitionTime },
      ];
      const one = route();
      const status = { parents: [{ parentRef, controllerName: 'weir.dev/gateway', conditions }] };
      const object = Object.assign(one.object, { status });
      return targetOf(routed, { observed: { children: [{ ...one, object }] } });
    };
    const [before, again, later] = [told('T1'), told('T1'), told('T2')];
    expect(again).toEqual(before);
    expect(later.surroundings).not.toBe(before.surroundings);
    expect(later.revision).toBe(before.revision);
  });
});

describe('whether the newest revision can be asked', () => {
  const obstacle = (status: object, pods: readonly Pod[] = []) =>
    targetOf({}, { observed: { children: [deployment('hello-kserve', status)], pods } }).obstacle;

  test('once more pods are ready than there are old ones', () => {
    expect(obstacle({})).toBeNull();
    expect(obstacle({ replicas: 3, updatedReplicas: 1, availableReplicas: 3 })).toBeNull();
    const waiting = {
      status: 'Unknown',
      reason: 'RequestGatePending',
      message: 'no pod of the newest revision of Deployment hello-kserve is ready',
    };
    expect(obstacle({ replicas: 2, updatedReplicas: 1, availableReplicas: 1 })).toEqual(waiting);
    expect(obstacle({ replicas: 1, updatedReplicas: undefined, availableReplicas: 1 })).toEqual(waiting);
  });

  test('and the cause is told when its pods fail while old ones serve', () => {
    const crashed: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'new', labels: { 'app.kubernetes.io/component': 'llminferenceservice-workload' } },
      status: {
        containerStatuses: [
          {
            name: 'main',
            ready: false,
            restartCount: 1,
            image: '',
            imageID: '',
            state: { terminated: { exitCode: 3 } },
          },
        ],
      },
    };
    expect(obstacle({ replicas: 2, updatedReplicas: 1, availableReplicas: 1 }, [crashed])).toEqual({
      status: 'False',
      reason: 'EngineCrash',
      message: expect.stringMatching(
        /^no pod of the newest revision .* is ready: Container main of pod new ended/,
      ),
    });
  });
});
