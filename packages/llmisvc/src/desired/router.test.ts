import type { Gateway, HTTPRoute, HTTPRouteRule } from '@weir/api/gateway';
import type { RouterSpec } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { appliedFor, inputFor, problemsOf } from './fixtures.ts';
import { computeDesired, type Observed } from './index.ts';

const gateway: Gateway = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'infra' },
  spec: { gatewayClassName: 'c', listeners: [{ name: 'https', port: 443, protocol: 'HTTPS' }] },
};

function problems(router: RouterSpec, observed: Partial<Observed> = {}): string[] {
  return problemsOf(inputFor({ router }, { observed }));
}

function filtersOf(rule: HTTPRouteRule): unknown {
  const input = inputFor({ router: { route: { http: { spec: { rules: [rule] } } } } });
  const route = appliedFor(input).get('HTTPRoute hello-kserve-route') as HTTPRoute;
  return route.spec.rules?.[0]?.filters;
}

function userRoute(...parentRefs: { name: string; namespace?: string }[]): HTTPRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'mine', namespace: 'demo' },
    spec: { parentRefs },
  };
}

test('Gateways and their listeners have to exist', () => {
  const refs = [{ name: 'edge', namespace: 'infra', sectionName: 'http' }, { name: 'edge' }];
  expect(problems({ gateway: { refs } }, { gateways: [gateway] })).toEqual([
    'GatewaysReady RefsInvalid: Gateway infra/edge has no listener "http" — its listeners are https',
    'GatewaysReady RefsInvalid: Gateway demo/edge does not exist — create it or correct spec.router.gateway.refs',
  ]);
  const found = [{ name: 'edge', namespace: 'infra', sectionName: 'https' }];
  expect(problems({ gateway: { refs: found } }, { gateways: [gateway] })).toEqual([]);
});

test('routes of the user have to exist and lead to Gateways that exist', () => {
  const router = { route: { http: { refs: [{ name: 'mine' }] } } };
  const prefix = 'HTTPRoutesReady RefsInvalid: HTTPRoute target validation failed: HTTPRoute demo/mine';
  expect(problems(router)).toEqual([
    'HTTPRoutesReady RefsInvalid: HTTPRoute demo/mine does not exist — create it or correct spec.router.route.http.refs',
  ]);
  expect(problems(router, { routes: [userRoute()] })).toEqual([
    `${prefix} has no parentRefs — attach it to a Gateway`,
  ]);
  expect(problems(router, { routes: [userRoute({ name: 'edge' })] })).toEqual([
    `${prefix} references non-existent Gateway demo/edge — create the Gateway`,
  ]);
  const attached = userRoute({ name: 'edge', namespace: 'infra' });
  expect(problems(router, { routes: [attached], gateways: [gateway] })).toEqual([]);
});

test('a prefix of the user is taken off before engines see the path, unless the rule says otherwise', () => {
  const backendRefs = [{ name: 'hello-kserve-workload-svc' }];
  const under = (value: string): Pick<HTTPRouteRule, 'matches'> => ({
    matches: [{ path: { type: 'PathPrefix', value } }],
  });
  const rewrite = {
    type: 'URLRewrite',
    urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
  };
  expect(filtersOf({ ...under('/api/llm'), backendRefs })).toEqual([rewrite]);
  expect(filtersOf({ ...under('/v1/chat'), backendRefs })).toBeUndefined();
  expect(filtersOf({ ...under('/'), backendRefs })).toBeUndefined();
  expect(filtersOf({ ...under('/api'), backendRefs: [{ name: 'my-proxy' }] })).toBeUndefined();
  const redirect = { type: 'RequestRedirect', requestRedirect: { statusCode: 301 } };
  expect(filtersOf({ ...under('/api'), backendRefs, filters: [redirect] })).toEqual([redirect]);
});

test('a model name that others serve too deserves a word', () => {
  const input = inputFor(
    { router: { route: { http: { spec: {} } } } },
    { observed: { namesakes: ['other'] } },
  );
  expect(computeDesired(input).parts.flatMap(({ warnings = [] }) => warnings)).toEqual([
    {
      reason: 'ModelNameCollision',
      message:
        'other of this namespace serve a model of the same name — rename one, or share traffic in a group',
    },
  ]);
});

test('taking a prefix off deserves a word', () => {
  const rules: HTTPRouteRule[] = ['/api/llm', '/v1'].map((value) => ({
    matches: [{ path: { type: 'PathPrefix', value } }],
    backendRefs: [{ name: 'hello-kserve-workload-svc' }],
  }));
  const input = inputFor({ router: { route: { http: { spec: { rules } } } } });
  expect(computeDesired(input).parts.flatMap(({ warnings = [] }) => warnings)).toEqual([
    {
      reason: 'PathRewritten',
      message:
        'spec.router.route.http.spec.rules: /api/llm is taken off the path of requests, because engines know their own ' +
        'paths only — add a URLRewrite filter to say otherwise',
    },
  ]);
});
