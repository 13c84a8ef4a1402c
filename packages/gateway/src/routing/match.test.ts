import type { HTTPRoute, HTTPRouteMatch } from '@weir/api/gateway';
import { expect, test } from 'vitest';
import { gatewayOf, routeOf, snapshotOf } from '../testing/snapshot.ts';
import { compileRouting } from './compile.ts';
import { matchRoute } from './match.ts';
import type { PortTable } from './table.ts';

const backendRefs = [{ name: 'a', port: 8000 }];

function tableOf(routes: readonly HTTPRoute[], listeners = [{}]): PortTable {
  const compiled = compileRouting(
    snapshotOf({ gateways: [gatewayOf(listeners)], routes }),
    'weir.dev/gateway',
  );
  return compiled.gateways[0]?.ports.get(80) ?? { listeners: [] };
}

/** `route/rule` that serves the request, or the type of the result. */
function find(
  table: PortTable,
  target: string,
  more: { host?: string; method?: string; headers?: Record<string, string>; model?: string | null } = {},
): string {
  const headers = Object.entries(more.headers ?? {});
  const result = matchRoute(table, {
    method: more.method ?? 'GET',
    host: more.host ?? 'localhost:7080',
    target,
    names: headers.map(([name]) => name),
    values: headers.map(([, value]) => value),
    model: more.model,
  });
  return result.type === 'matched'
    ? `${result.entry.rule.route.name}/${result.entry.rule.name}`
    : result.type;
}

function rule(name: string, ...matches: HTTPRouteMatch[]) {
  return { name, matches, backendRefs };
}

test('prefixes match whole path segments, with and without a trailing slash', () => {
  const table = tableOf([
    routeOf('r', { rules: [rule('p', { path: { type: 'PathPrefix', value: '/a/b/' } })] }),
  ]);
  expect(['/a/b', '/a/b/', '/a/b/c?x=1', '/a/bc', '/a'].map((path) => find(table, path))).toEqual([
    'r/p',
    'r/p',
    'r/p',
    'none',
    'none',
  ]);
});

test('exact beats regular expression beats prefix, and longer beats shorter, whatever the order of the rules', () => {
  const table = tableOf([
    routeOf('r', {
      rules: [
        rule('root', { path: { type: 'PathPrefix', value: '/' } }),
        rule('prefix', { path: { type: 'PathPrefix', value: '/v1' } }),
        rule('regex', { path: { type: 'RegularExpression', value: '/v1/(chat|text)/.*' } }),
        rule('exact', { path: { type: 'Exact', value: '/v1/chat/x' } }),
      ],
    }),
  ]);
  expect(['/v1/chat/x', '/v1/chat/y', '/v1/other', '/other'].map((path) => find(table, path))).toEqual([
    'r/exact',
    'r/regex',
    'r/prefix',
    'r/root',
  ]);
});

test('with equal paths a method, then more headers, then more query parameters decide', () => {
  const path = { type: 'PathPrefix', value: '/' } as const;
  const table = tableOf([
    routeOf('r', {
      rules: [
        rule('any', { path }),
        rule('query', { path, queryParams: [{ name: 'q', value: '1' }] }),
        rule('header', { path, headers: [{ name: 'X-A', value: '1' }] }),
        rule('method', { path, method: 'POST' }),
      ],
    }),
  ]);
  const headers = { 'x-a': '1' };
  expect([
    find(table, '/?q=1', { method: 'POST', headers }),
    find(table, '/?q=1', { headers }),
    find(table, '/?q=1'),
    find(table, '/?q=2'),
  ]).toEqual(['r/method', 'r/header', 'r/query', 'r/any']);
});

test('the older route wins, then the one whose name comes first', () => {
  const rules = [rule('x', { path: { type: 'PathPrefix', value: '/' } })];
  const younger = routeOf('a', { rules }, { creationTimestamp: '2026-02-01T00:00:00Z' });
  const older = routeOf('z', { rules });
  const same = routeOf('y', { rules });
  expect(find(tableOf([younger, older, same]), '/')).toBe('y/x');
});

test('the most specific listener and hostname decide; hostnames ignore case and port', () => {
  const all = rule('x');
  const table = tableOf(
    [
      routeOf('any', { rules: [all] }),
      routeOf('wild', { hostnames: ['*.example.com'], rules: [all] }),
      routeOf('exact', { hostnames: ['api.example.com'], rules: [all] }),
    ],
    [{}],
  );
  expect(
    ['API.example.com:80', 'x.example.com', 'example.com', 'x.y.example.com'].map((host) =>
      find(table, '/', { host }),
    ),
  ).toEqual(['exact/x', 'wild/x', 'any/x', 'wild/x']);
});

test('a request of a listener with a hostname never reaches routes of another listener', () => {
  const table = tableOf(
    [
      routeOf('one', {
        parentRefs: [{ name: 'gw', namespace: 'infra', sectionName: 'l0' }],
        rules: [rule('x')],
      }),
      routeOf('two', {
        parentRefs: [{ name: 'gw', namespace: 'infra', sectionName: 'l1' }],
        rules: [rule('x')],
      }),
    ],
    [{ hostname: 'a.test' }, {}] as never,
  );
  expect([find(table, '/', { host: 'a.test' }), find(table, '/', { host: 'b.test' })]).toEqual([
    'one/x',
    'two/x',
  ]);
});

test('the model of the body stands in for the model header, and is asked for only where it can matter', () => {
  const header = { name: 'X-Gateway-Model-Name', value: 'publishers/demo/models/m' };
  const table = tableOf([
    routeOf('r', {
      rules: [
        rule('path', { path: { type: 'PathPrefix', value: '/demo/m/v1/chat' } }),
        rule('model', { path: { type: 'Exact', value: '/v1/chat/completions' }, headers: [header] }),
        rule('catch-all', { headers: [header] }),
      ],
    }),
  ]);
  const known = { 'x-gateway-model-name': 'publishers/demo/models/m' };
  expect(find(table, '/demo/m/v1/chat/completions')).toBe('r/path');
  expect(find(table, '/v1/chat/completions', { headers: known })).toBe('r/model');
  expect(find(table, '/v1/chat/completions')).toBe('needs-model');
  expect(find(table, '/v1/chat/completions', { model: 'publishers/demo/models/m' })).toBe('r/model');
  expect(find(table, '/v1/chat/completions', { model: 'other' })).toBe('none');
  expect(find(table, '/v1/embeddings', { model: 'publishers/demo/models/m' })).toBe('r/catch-all');
  expect(find(table, '/v1/chat/completions', { model: null })).toBe('none');
});
