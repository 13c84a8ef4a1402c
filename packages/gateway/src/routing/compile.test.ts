import type { HTTPRoute, HTTPRouteRule, Listener } from '@weir/api/gateway';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gatewayOf, routeOf, snapshotOf } from '../testing/snapshot.ts';
import { compileRouting } from './compile.ts';
import type { RoutingSnapshot } from './snapshot.ts';

const backendRefs = [{ name: 'a', port: 8000 }];

function verdicts(
  route: HTTPRoute,
  listeners: Partial<Listener>[] = [{}],
  more: Partial<RoutingSnapshot> = {},
) {
  const snapshot = { ...snapshotOf({ gateways: [gatewayOf(listeners)], routes: [route] }), ...more };
  const compiled = compileRouting(snapshot, 'weir.dev/gateway');
  const parent = compiled.routes[0]?.parents[0];
  return {
    accepted: `${parent?.accepted.ok} ${parent?.accepted.reason}`,
    resolved: `${parent?.resolvedRefs.ok} ${parent?.resolvedRefs.reason}`,
    message: [parent?.accepted.message, parent?.resolvedRefs.message]
      .filter((text) => text !== '')
      .join('; '),
  };
}

const ofRule = (rule: HTTPRouteRule, listeners?: Partial<Listener>[]) =>
  verdicts(routeOf('r', { rules: [{ name: 'x', ...rule }] }), listeners);

test('a route to a Service and to a pool is accepted and resolved', () => {
  const pool = { group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'pool', port: 8000 };
  expect(ofRule({ backendRefs: [...backendRefs, pool] })).toEqual({
    accepted: 'true Accepted',
    resolved: 'true ResolvedRefs',
    message: '',
  });
});

test.each<[string, HTTPRouteRule, string]>([
  ['an absent Service', { backendRefs: [{ name: 'gone', port: 1 }] }, 'BackendNotFound'],
  ['a port the Service has not', { backendRefs: [{ name: 'a', port: 1 }] }, 'BackendNotFound'],
  ['a Service without a port', { backendRefs: [{ name: 'a' }] }, 'UnsupportedValue'],
  [
    'a pool of the old group',
    { backendRefs: [{ group: 'inference.networking.x-k8s.io', kind: 'InferencePool', name: 'pool' }] },
    'InvalidKind',
  ],
  [
    'another namespace',
    { backendRefs: [{ name: 'far', namespace: 'other', port: 8000 }] },
    'RefNotPermitted',
  ],
])('a backendRef to %s is reported in ResolvedRefs, and the route stays accepted', (_, rule, reason) => {
  const result = ofRule(rule);
  expect(result.accepted).toBe('true Accepted');
  expect(result.resolved).toBe(`false ${reason}`);
  expect(result.message).toMatch(/^rule x: /);
});

test('a ReferenceGrant opens another namespace for the named kind only', () => {
  const route = routeOf('r', { rules: [{ backendRefs: [{ name: 'far', namespace: 'other', port: 8000 }] }] });
  const grant = (kind: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'g', namespace: 'other' },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'demo' }],
      to: [{ group: '', kind }],
    },
  });
  expect(verdicts(route, [{}], { grants: [grant('Service')] }).resolved).toBe('true ResolvedRefs');
  expect(verdicts(route, [{}], { grants: [grant('Secret')] }).resolved).toBe('false RefNotPermitted');
});

test.each<[string, HTTPRouteRule, string]>([
  [
    'a mirror',
    { filters: [{ type: 'RequestMirror' }] },
    'rule x: filter type RequestMirror is not supported',
  ],
  [
    'an extension',
    { filters: [{ type: 'ExtensionRef' }] },
    'rule x: filter type ExtensionRef is not supported',
  ],
  ['retries', { retry: { attempts: 2 } }, 'rule x: field retry is not supported'],
  ['a bad timeout', { timeouts: { request: 'soon' } }, 'rule x: timeout "soon" is not a duration'],
  [
    'a pattern that can take exponential time',
    { matches: [{ path: { type: 'RegularExpression', value: '(a+)+b' } }] },
    'regular expression "(a+)+b": a repeated group repeats or branches inside',
  ],
  [
    'a back-reference',
    { matches: [{ path: { type: 'RegularExpression', value: '(a)\\1' } }] },
    'regular expression "(a)\\1": it holds a back-reference',
  ],
])('%s refuses the route by name', (_, rule, message) => {
  expect(ofRule({ backendRefs, ...rule })).toMatchObject({ accepted: 'false UnsupportedValue', message });
});

test('a namespace that no listener allows, and a listener that does not exist, are said', () => {
  const rules = [{ backendRefs }];
  expect(verdicts(routeOf('r', { rules }), [{ allowedRoutes: {} }]).accepted).toBe(
    'false NotAllowedByListeners',
  );
  const parentRefs = [{ name: 'gw', namespace: 'infra', sectionName: 'https' }];
  expect(verdicts(routeOf('r', { rules, parentRefs }))).toMatchObject({
    accepted: 'false NoMatchingParent',
    message: 'Gateway infra/gw has no listener "https" — it has: l0',
  });
  expect(verdicts(routeOf('r', { rules, hostnames: ['a.test'] }), [{ hostname: '*.b.test' }]).accepted).toBe(
    'false NoMatchingListenerHostname',
  );
});

test('a selector of namespaces is followed', () => {
  const listener = {
    allowedRoutes: { namespaces: { from: 'Selector' as const, selector: { matchLabels: { open: 'yes' } } } },
  };
  const withLabel = (open: string) => ({
    findNamespace: () => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'demo', labels: { open } },
    }),
  });
  const route = routeOf('r', { rules: [{ backendRefs }] });
  expect(verdicts(route, [listener], withLabel('yes')).accepted).toBe('true Accepted');
  expect(verdicts(route, [listener], withLabel('no')).accepted).toBe('false NotAllowedByListeners');
});

test('listeners that cannot be served or share a port and hostname are judged one by one', () => {
  const gateway = gatewayOf([{}, {}, { protocol: 'HTTPS', port: 443 }, { hostname: 'a.test' }]);
  const compiled = compileRouting(snapshotOf({ gateways: [gateway], routes: [] }), 'weir.dev/gateway');
  expect(
    compiled.gateways[0]?.listeners.map(({ accepted, conflict }) => [
      accepted.reason,
      conflict?.reason ?? null,
    ]),
  ).toEqual([
    ['Accepted', null],
    ['Accepted', 'HostnameConflict'],
    ['UnsupportedProtocol', null],
    ['Accepted', null],
  ]);
  expect([...(compiled.gateways[0]?.ports.keys() ?? [])]).toEqual([80]);
});

test('the order in which objects arrive changes nothing', () => {
  const routes = ['a', 'b', 'c', 'd'].map((name, i) =>
    routeOf(name, {
      rules: [{ matches: [{ path: { value: i % 2 === 0 ? '/x' : '/x/y' } }], backendRefs }],
    }),
  );
  const compile = (order: readonly HTTPRoute[]) =>
    compileRouting(snapshotOf({ gateways: [gatewayOf([{}])], routes: order }), 'weir.dev/gateway').gateways;
  const expected = compile(routes);
  fc.assert(
    fc.property(fc.shuffledSubarray(routes, { minLength: routes.length }), (order) => {
      expect(compile(order)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});
