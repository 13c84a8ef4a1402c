import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildEndpoint, buildRequest } from '../testing/builders.ts';
import { inFlightLoad, prefixCacheMatchInfo } from './data-key.ts';
import type { Endpoint } from './endpoint.ts';
import { createPlugin, pluginContract } from './plugin.contract.ts';
import type { PluginDefinition } from './plugin.ts';
import type { InferenceRequest } from './request.ts';
import type { Scorer } from './scorer.ts';

const count = fc.nat(1000);
const metrics = fc.record({
  waitingQueueSize: count,
  runningRequests: count,
  kvCacheUsage: fc.double({ min: 0, max: 1, noNaN: true }),
  activeModels: fc.subarray(['m', 'other']),
  waitingModels: fc.subarray(['m', 'other']),
  maxActiveModels: fc.nat(3),
});
const endpointLists = fc
  .array(metrics, { maxLength: 12 })
  .map((list) => list.map((one, slot) => buildEndpoint(slot, one)));
/** Half of the requests come with data of producers, half without. */
const requests = fc.record({
  blocks: fc.array(fc.nat(8), { minLength: 12, maxLength: 12 }),
  hasData: fc.boolean(),
});

/** What holds for every scorer, with its default parameters. */
export function scorerContract(definition: PluginDefinition, folder: URL): void {
  pluginContract(definition, folder);

  test(`${definition.type} scores every endpoint between 0 and 1, the same way each time`, () => {
    fc.assert(
      fc.property(endpointLists, requests, (endpoints, { blocks, hasData }) => {
        const request = hasData ? withData(blocks) : buildRequest();
        const before = JSON.stringify(endpoints);
        const scores = scoreOnce(definition, request, endpoints);
        for (const score of scores) expect(score >= 0 && score <= 1).toBe(true);
        expect(scoreOnce(definition, request, endpoints)).toEqual(scores);
        expect(JSON.stringify(endpoints)).toBe(before);
      }),
      { numRuns: 60 },
    );
  });

  test(`${definition.type} writes nothing beyond the endpoints`, () => {
    const out = new Float64Array(4).fill(-5);
    (createPlugin(definition) as Scorer).score(buildRequest(), [buildEndpoint(0), buildEndpoint(1)], out);
    expect([...out.subarray(2)]).toEqual([-5, -5]);
    expect(out[0]).toBeGreaterThanOrEqual(0);
  });
}

function scoreOnce(
  definition: PluginDefinition,
  request: InferenceRequest,
  endpoints: readonly Endpoint[],
): number[] {
  // What an earlier request left must be overwritten.
  const out = new Float64Array(endpoints.length).fill(Number.NaN);
  (createPlugin(definition) as Scorer).score(request, endpoints, out);
  return [...out];
}

function withData(blocks: readonly number[]): InferenceRequest {
  const request = buildRequest();
  request.data.set(prefixCacheMatchInfo, 'approx-prefix-cache-producer', {
    matchBlocks: Int32Array.from(blocks),
    totalBlocks: 8,
    longestMatch: Math.max(...blocks),
    blockSizeTokens: 64,
  });
  request.data.set(inFlightLoad, 'inflight-load-producer', { requests: Int32Array.from(blocks) });
  return request;
}
