import type { HTTPRouteRule } from '@weir/api/gateway';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inputFor } from './fixtures.ts';
import { modelRoutedRules } from './model-routing.ts';

const header = 'X-Gateway-Model-Name';
const paths = ['completions', 'chat/completions', 'responses', 'messages'].flatMap((path) => [
  `/v1/${path}`,
  `/v1/${path}/`,
]);
const base = { name: header, value: 'publishers/demo/models/base' };
const rules: HTTPRouteRule[] = [
  { name: 'path', matches: [{ path: { type: 'PathPrefix', value: '/demo/hello' } }] },
  {
    name: 'model',
    matches: paths.map((value) => ({ path: { type: 'Exact', value }, headers: [base] })),
  },
  { name: 'rest', matches: [{ headers: [base] }] },
];

function routed(
  adapters: readonly string[],
  annotation = 'true',
  gatewayAnnotation?: string,
): HTTPRouteRule[] {
  const lora = { adapters: adapters.map((name) => ({ name, uri: 'hf://a/b' })) };
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: {
      name: 'gw',
      ...(gatewayAnnotation === undefined
        ? {}
        : { annotations: { 'serving.kserve.io/model-based-routing-enabled': gatewayAnnotation } }),
    },
    spec: { gatewayClassName: 'c', listeners: [] },
  };
  const input = inputFor(
    {
      annotations: { 'serving.kserve.io/model-based-routing-enabled': annotation },
      model: { uri: 'hf://a/b', name: 'base', lora },
    },
    { observed: { gateways: [gateway] } },
  );
  return modelRoutedRules(input, rules);
}

function models(all: readonly HTTPRouteRule[]): Set<string> {
  const matches = all.flatMap((rule) => rule.matches ?? []);
  return new Set(matches.flatMap(({ headers = [] }) => headers.map(({ value }) => value)));
}

test('off, by the spec or by a Gateway, rules keep only what is not about the model', () => {
  const off = [{ name: 'path', matches: [{ path: { type: 'PathPrefix', value: '/demo/hello' } }] }];
  expect(routed(['a'], 'false')).toEqual(off);
  expect(routed(['a'], 'true', 'false')).toEqual(off);
  expect(routed([], 'true', 'true')).toEqual(rules);
});

test('every adapter gets the matches of the model, over several rules when one is full', () => {
  const few = routed(['b', 'a']);
  expect(few.map(({ name, matches }) => [name, matches?.length])).toEqual([
    ['path', 1],
    ['model', 24],
    ['rest', 3],
  ]);
  const more = routed(Array.from({ length: 9 }, (_, i) => `a${i}`));
  expect(more.map(({ name, matches }) => [name, matches?.length])).toEqual([
    ['path', 1],
    ['model', 64],
    ['model-2', 16],
    ['rest', 10],
  ]);
});

test('more than a route can hold become one expression', () => {
  const many = routed(['v1.5', ...Array.from({ length: 19 }, (_, i) => `a${i}`)]);
  expect(many.map(({ name, matches }) => [name, matches?.length])).toEqual([
    ['path', 1],
    ['model', 8],
    ['rest', 1],
  ]);
  const [value = ''] = models(many);
  expect(many[2]?.matches?.[0]?.headers?.[0]?.type).toBe('RegularExpression');
  expect(new RegExp(value).test('publishers/demo/models/v1.5')).toBe(true);
  expect(new RegExp(value).test('publishers/demo/models/v1x5')).toBe(false);
  expect(new RegExp(value).test('publishers/demo/models/a1/more')).toBe(false);
});

test('however many adapters there are, the route stays within the limits and reaches all of them', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z0-9.+*-]{1,12}$/), { maxLength: 40 }), (adapters) => {
      const all = routed(adapters);
      const counts = all.map(({ matches = [] }) => matches.length);
      expect(Math.max(...counts)).toBeLessThanOrEqual(64);
      expect(all.length).toBeLessThanOrEqual(16);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeLessThan(128);
      const values = [...models(all)];
      for (const name of adapters) {
        const model = `publishers/demo/models/${name}`;
        expect(
          values.some((value) => value === model || (value.startsWith('^') && new RegExp(value).test(model))),
        ).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});
