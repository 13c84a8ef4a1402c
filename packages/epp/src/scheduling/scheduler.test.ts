import { silentLogger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantiate, type LiveConfig } from '../config/instantiate.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { Endpoint } from '../framework/endpoint.ts';
import type { ProfileHandler } from '../framework/profile-handler.ts';
import type { InferenceRequest } from '../framework/request.ts';
import type { Scorer } from '../framework/scorer.ts';
import { createPrefixIndexMetrics } from '../metrics/prefix-index-metrics.ts';
import { buildEndpoint, buildRequest } from '../testing/builders.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { compileProfile } from './profile.ts';
import { createScheduler } from './scheduler.ts';

const first: ProfileHandler = {
  pickProfiles: (_, profiles, results) => (results.size === 0 ? profiles : []),
  primaryProfile: () => 'a',
};

function scorer(scores: readonly number[]): Scorer {
  return {
    score: (_, endpoints, out) => {
      for (let i = 0; i < endpoints.length; i++) out[i] = scores[endpoints[i]?.slot ?? 0] ?? 0;
    },
  };
}

function schedulerOf(scorers: readonly { weight: number; scores: readonly number[] }[], dropSlot = -1) {
  const profile = compileProfile({
    name: 'a',
    filters: [
      {
        name: 'drop',
        plugin: { filter: (_, endpoints) => endpoints.filter((one) => one.slot !== dropSlot) },
      },
    ],
    scorers: scorers.map(({ weight, scores }, i) => ({ name: `s${i}`, weight, plugin: scorer(scores) })),
    picker: {
      name: 'p',
      plugin: { pick: (endpoints, totals) => pickFirstBest(endpoints, totals) },
    },
  });
  return createScheduler(first, new Map([['a', profile]]));
}

function pickFirstBest(endpoints: readonly Endpoint[], totals: Float64Array): Endpoint[] {
  let best = 0;
  for (let i = 1; i < endpoints.length; i++) if ((totals[i] ?? 0) > (totals[best] ?? 0)) best = i;
  return endpoints.slice(best, best + 1);
}

const four = [0, 1, 2, 3].map((slot) => buildEndpoint(slot));

test('totals are weighted sums of scores clamped to 0 and 1, and the next best are the fallbacks', () => {
  const schedule = schedulerOf([
    { weight: 2, scores: [0.5, 9, 0, Number.NaN] },
    { weight: 1, scores: [1, 0, 1, -4] },
  ]);
  const { result, fallbacks, explanation } = schedule(buildRequest(), four, true);
  expect(explanation).toEqual({
    candidates: four.map((endpoint) => endpoint.metadata.hostPort),
    profiles: [
      {
        profile: 'a',
        filters: [{ name: 'drop', survivors: four.map((endpoint) => endpoint.metadata.hostPort) }],
        scorers: [
          { name: 's0', weight: 2, scores: [0.5, 1, 0, 0] },
          { name: 's1', weight: 1, scores: [1, 0, 1, 0] },
        ],
        survivors: four.map((endpoint) => endpoint.metadata.hostPort),
        totals: [2, 2, 1, 0],
        picked: ['10.0.0.0:8000'],
      },
    ],
  });
  expect(result?.targets.map((endpoint) => endpoint.slot)).toEqual([0]);
  expect(fallbacks.map((endpoint) => endpoint.slot)).toEqual([1, 2, 3]);
});

test('what a filter drops is neither picked nor a fallback', () => {
  const schedule = schedulerOf([{ weight: 1, scores: [1, 0, 0, 0] }], 0);
  const { result, fallbacks } = schedule(buildRequest(), four, false);
  expect([...(result?.targets ?? []), ...fallbacks].map((endpoint) => endpoint.slot)).toEqual([1, 2, 3]);
  expect(schedule(buildRequest(), four.slice(0, 1), false)).toEqual({
    result: null,
    fallbacks: [],
    explanation: null,
  });
});

test('a handler that asks for a profile again and again is not followed', () => {
  let asked = 0;
  const endless: ProfileHandler = {
    pickProfiles: (_, profiles) => {
      asked++;
      return profiles;
    },
    primaryProfile: () => 'a',
  };
  const run = compileProfile({
    name: 'a',
    filters: [],
    scorers: [],
    picker: { name: 'p', plugin: { pick: (endpoints) => endpoints.slice(0, 1) } },
  });
  expect(createScheduler(endless, new Map([['a', run]]))(buildRequest(), four, false).result).not.toBeNull();
  expect(asked).toBe(2);
});

function defaultConfig(): LiveConfig {
  const { resolved } = resolveConfig(null);
  if (resolved === null) throw new Error('the default configuration resolves');
  return instantiate(resolved, {
    log: silentLogger,
    metrics: createPrefixIndexMetrics(new MetricsRegistry()),
    now: () => 0,
    random: seededRandom(5),
  });
}

function decide(
  config: LiveConfig,
  request: InferenceRequest,
  endpoints: readonly Endpoint[],
): number | undefined {
  for (const producer of config.producers) producer.produce(request, endpoints, endpoints.length);
  return config.schedule(request, endpoints, false).result?.targets[0]?.slot;
}

test('the same requests and metrics give the same decisions', () => {
  const metrics = fc.record({
    waitingQueueSize: fc.nat(20),
    kvCacheUsage: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(metrics, { minLength: 1, maxLength: 8 }), (list) => {
      const endpoints = list.map((one, slot) => buildEndpoint(slot, one));
      const run = () => {
        const config = defaultConfig();
        return Array.from({ length: 5 }, () => decide(config, buildRequest(), endpoints));
      };
      expect(run()).toEqual(run());
    }),
    { numRuns: 20 },
  );
});

test('a decision over 1,000 endpoints allocates little', () => {
  const config = defaultConfig();
  const endpoints = Array.from({ length: 1000 }, (_, slot) =>
    buildEndpoint(slot, { waitingQueueSize: slot % 7 }),
  );
  const request = buildRequest();
  const run = (n: number) => {
    for (let i = 0; i < n; i++) config.schedule(request, endpoints, false);
  };
  run(300);
  const before = process.memoryUsage().heapUsed;
  run(300);
  // A collection in between only makes the difference smaller; an object per endpoint would be over 10 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(3_000_000);
});
