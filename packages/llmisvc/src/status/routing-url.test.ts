import type { Gateway, HTTPRoute, HTTPRouteRule } from '@weir/api/gateway';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Service } from '@weir/api/workloads';
import { describe, expect, test } from 'vitest';
import { parsePlatformConfig } from '../config/platform-config.ts';
import { computeAddresses } from './addresses.ts';
import { routePaths } from './route-paths.ts';
import { discoverUrls, type RoutingInput } from './routing-url.ts';

const platform = parsePlatformConfig({ systemNamespace: 'kserve' }, undefined);
const prefix = (value: string, kind?: string): HTTPRouteRule => ({
  matches: [{ path: { type: 'PathPrefix', value } }],
  ...(kind === undefined ? {} : { backendRefs: [{ name: 'x', kind }] }),
});
const modelMatch: HTTPRouteRule = { matches: [{ headers: [{ name: 'x-gateway-model-name', value: 'm' }] }] };
const managedRules = [
  prefix('/demo/hello/v1/completions', 'InferencePool'),
  modelMatch,
  prefix('/publishers/demo/models/m', 'Service'),
  prefix('/demo/hello', 'Service'),
];

function route(rules: HTTPRouteRule[], more: Partial<HTTPRoute['spec']> = {}): HTTPRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace: 'demo', name: 'r' },
    spec: { parentRefs: [{ name: 'gw', namespace: 'kserve' }], rules, ...more },
  };
}

function gateway(
  more: { listeners?: Gateway['spec']['listeners']; addresses?: string[]; ports?: string } = {},
): Gateway {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: {
      namespace: 'kserve',
      name: 'gw',
      ...(more.ports === undefined ? {} : { annotations: { 'weir.dev/bound-ports': more.ports } }),
    },
    spec: {
      gatewayClassName: 'weir',
      listeners: more.listeners ?? [{ name: 'http', port: 80, protocol: 'HTTP' }],
    },
    status: { addresses: (more.addresses ?? ['203.0.113.7']).map((value) => ({ value })) },
  };
}

function urls(input: Partial<RoutingInput>): string[] {
  const all = {
    routes: [route(managedRules)],
    gateways: [gateway()],
    gatewayServices: [],
    platform,
    ...input,
  };
  return discoverUrls(all).map(({ url }) => url);
}

describe('the URLs of a route', () => {
  test('one per kind of path, sorted', () => {
    expect(urls({})).toEqual([
      'http://203.0.113.7/',
      'http://203.0.113.7/demo/hello',
      'http://203.0.113.7/publishers/demo/models/m',
    ]);
  });

  test('the port really bound is shown; a spoilt annotation is ignored', () => {
    const routes = [route([prefix('/demo/hello')])];
    expect(urls({ routes, gateways: [gateway({ ports: '{"http":7080}' })] })).toEqual([
      'http://203.0.113.7:7080/demo/hello',
    ]);
    expect(urls({ routes, gateways: [gateway({ ports: '{' })] })).toEqual(['http://203.0.113.7/demo/hello']);
  });

  test('host names of the route come before those of the listener and before addresses', () => {
    const listeners = [{ name: 'https', port: 443, protocol: 'HTTPS', hostname: '*.example.test' }];
    expect(urls({ gateways: [gateway({ listeners })], routes: [route([prefix('/x')])] })).toEqual([
      'https://inference.example.test/x',
    ]);
    expect(
      urls({
        gateways: [gateway({ listeners })],
        routes: [route([prefix('/x')], { hostnames: ['llm.test'] })],
      }),
    ).toEqual(['https://llm.test/x']);
  });

  test('a named listener is used, and no other; without a name all that speak HTTP', () => {
    const listeners = [
      { name: 'http', port: 80, protocol: 'HTTP' },
      { name: 'https', port: 8443, protocol: 'HTTPS' },
    ];
    const parentRefs = [{ name: 'gw', namespace: 'kserve', sectionName: 'https' }];
    expect(
      urls({ gateways: [gateway({ listeners })], routes: [route([prefix('/x')], { parentRefs })] }),
    ).toEqual(['https://203.0.113.7:8443/x']);
    expect(urls({ gateways: [gateway({ listeners })], routes: [route([prefix('/x')])] })).toEqual([
      'http://203.0.113.7/x',
      'https://203.0.113.7:8443/x',
    ]);
  });

  test('IPv6 addresses get brackets', () => {
    expect(
      urls({ gateways: [gateway({ addresses: ['2001:db8::1'] })], routes: [route([prefix('/x')])] }),
    ).toEqual(['http://[2001:db8::1]/x']);
  });

  test('a Service in front of the gateway gives the name inside the cluster', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        namespace: 'kserve',
        name: 'gw-istio',
        labels: { 'gateway.networking.k8s.io/gateway-name': 'gw' },
      },
      spec: { ports: [{ port: 80 }] },
    } as Service;
    expect(urls({ gatewayServices: [service], routes: [route([prefix('/x')])] })).toEqual([
      'http://203.0.113.7/x',
      'http://gw-istio.kserve.svc.cluster.local/x',
    ]);
  });

  test('without an address, or without the Gateway, there is none', () => {
    expect(urls({ gateways: [gateway({ addresses: [] })] })).toEqual([]);
    expect(urls({ gateways: [] })).toEqual([]);
  });
});

test('regular expressions give no path, and other headers none but the root', () => {
  const expression = { path: { type: 'RegularExpression' as const, value: '/a.*' } };
  const other = { headers: [{ name: 'x', value: 'y' }] };
  const paths = (...matches: HTTPRouteRule['matches'] & object): string[] =>
    routePaths(route([{ matches }]), 'X-Gateway-Model-Name');
  expect(paths(other)).toEqual(['/']);
  expect(paths(expression)).toEqual([]);
  expect(paths(expression, other)).toEqual([]);
  expect(paths(expression, { path: { type: 'PathPrefix', value: '/b' } })).toEqual(['/b']);
});

describe('the address of a service', () => {
  const service = { metadata: { namespace: 'demo', name: 'hello' } } as LLMInferenceService;
  const model = { uri: 'hf://a/b', name: 'm' };
  const found = (addresses: string[]) =>
    discoverUrls({
      routes: [route(managedRules)],
      gateways: [gateway({ addresses })],
      gatewayServices: [],
      platform,
    });

  test('the own path wins, external before internal, each with the models it serves', () => {
    const result = computeAddresses(
      service,
      { model, router: { route: {} } },
      platform,
      found(['10.0.0.1', '203.0.113.7']),
    );
    expect(result.url).toBe('http://203.0.113.7/demo/hello');
    expect(
      result.addresses.map(({ name, url, models }) => [name, url, models?.map((one) => one.name)]),
    ).toEqual([
      ['internal-model-routing', 'http://10.0.0.1/', ['publishers/demo/models/m']],
      ['internal', 'http://10.0.0.1/demo/hello', ['publishers/demo/models/m', 'm']],
      ['internal', 'http://10.0.0.1/publishers/demo/models/m', ['publishers/demo/models/m', 'm']],
      ['gateway-external-model-routing', 'http://203.0.113.7/', ['publishers/demo/models/m']],
      ['gateway-external', 'http://203.0.113.7/demo/hello', ['publishers/demo/models/m', 'm']],
      ['gateway-external', 'http://203.0.113.7/publishers/demo/models/m', ['publishers/demo/models/m', 'm']],
    ]);
  });

  test('a machine of one has its loopback address', () => {
    expect(
      computeAddresses(service, { model, router: { route: {} } }, platform, found(['127.0.0.1'])).url,
    ).toBe('http://127.0.0.1/demo/hello');
  });

  test('without a route the Service is the address, and the URL only where a scheduler was asked for', () => {
    const url = 'http://hello-kserve-workload-svc.demo.svc.cluster.local:8000';
    expect(computeAddresses(service, { model }, platform, [])).toEqual({
      url: undefined,
      addresses: [{ url }],
    });
    expect(computeAddresses(service, { model, router: { scheduler: {} } }, platform, [])).toEqual({
      url,
      addresses: [{ url }],
    });
  });
});
