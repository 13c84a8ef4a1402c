import * as z from 'zod';
import {
  type PrefixCacheMatch,
  prefixCacheMatchInfo,
  tokenizedRequest,
} from '../../../framework/data-key.ts';
import { defineDataProducer } from '../../../framework/define.ts';
import type { Endpoint } from '../../../framework/endpoint.ts';
import type { PluginDefinition } from '../../../framework/plugin.ts';
import type { InferenceRequest } from '../../../framework/request.ts';
import { chainRoot, type HashChain, hashChain } from './hash-chain.ts';
import { PrefixIndex } from './prefix-index.ts';

/** Smaller blocks cost time and gain little: a difference inside a block loses at most this much of a match. */
const minBlockTokens = 64;
const bytesPerToken = 4;

const parameters = z.strictObject({
  autoTune: z.boolean().default(true).describe('Take block size and capacity from the engines where known.'),
  blockSizeTokens: z.int().positive().default(16).describe('Tokens per block; raised to 64.'),
  blockSize: z.int().positive().optional().describe('Older name of blockSizeTokens.'),
  maxPrefixBlocksToMatch: z.int().min(0).default(2048).describe('Limit when maxPrefixTokensToMatch is 0.'),
  maxPrefixTokensToMatch: z.int().min(0).default(131072).describe('Tokens from the start that count.'),
  lruCapacityPerServer: z.int().positive().default(31250).describe('Blocks remembered per endpoint.'),
});

type Parameters = z.output<typeof parameters>;

/** The chains of a request, kept until it is known where it goes. */
const requestChains = { name: 'PrefixHashChains' } as const;

export const approxPrefixCacheProducer: PluginDefinition = defineDataProducer({
  type: 'approx-prefix-cache-producer',
  stability: 'beta',
  summary: 'Believes that an endpoint holds the prompts that were sent to it lately.',
  parameters,
  produces: [prefixCacheMatchInfo],
  consumes: () => [{ key: tokenizedRequest, producer: null }],
  create: (settings, { name, metrics }) => {
    const index = new PrefixIndex();
    const observed = metrics.prefixIndex(name, 'approx-prefix-cache-producer');
    return {
      produce: (request, endpoints, slots) => {
        const blockTokens = blockSize(settings, endpoints);
        const chains = chainsOf(request, settings, blockTokens);
        request.data.set(requestChains, name, chains);
        const match = matchAll(index, chains, slots, blockTokens);
        request.data.set(prefixCacheMatchInfo, name, match);
        observed.lookup(match.longestMatch, match.totalBlocks, blockTokens);
      },
      preRequest: (request, result) => {
        const chains = request.data.get<readonly HashChain[]>(requestChains, name) ?? [];
        const targets = new Set([result.targets[0], result.profiles.get('prefill')?.targets[0]]);
        for (const target of targets) {
          if (target === undefined) continue;
          for (const chain of chains) index.insert(chain, target.slot, capacityOf(settings, target));
        }
        observed.size(index.size);
      },
      onRetarget: (request, _, to) => {
        const chains = request.data.get<readonly HashChain[]>(requestChains, name) ?? [];
        for (const chain of chains) index.insert(chain, to.slot, capacityOf(settings, to));
      },
      onEndpointRemoved: (endpoint) => index.remove(endpoint.slot),
    };
  },
});

function blockSize(settings: Parameters, endpoints: readonly Endpoint[]): number {
  const scraped = settings.autoTune ? (endpoints[0]?.metrics.cacheBlockSize ?? 0) : 0;
  const configured = settings.blockSize ?? settings.blockSizeTokens;
  return Math.max(minBlockTokens, scraped > 0 ? scraped : configured);
}

function chainsOf(request: InferenceRequest, settings: Parameters, blockTokens: number): HashChain[] {
  const tokens = request.data.get(tokenizedRequest, 'token-producer');
  if (tokens === undefined) return [];
  const { maxPrefixTokensToMatch, maxPrefixBlocksToMatch } = settings;
  const limit =
    maxPrefixTokensToMatch > 0 ? Math.floor(maxPrefixTokensToMatch / blockTokens) : maxPrefixBlocksToMatch;
  const root = chainRoot(request.targetModel, tokens.cacheSalt);
  return tokens.prompts.map((prompt) =>
    hashChain(prompt, root, blockTokens * bytesPerToken, limit > 0 ? limit : Number.POSITIVE_INFINITY),
  );
}

function matchAll(
  index: PrefixIndex,
  chains: readonly HashChain[],
  slots: number,
  blockSizeTokens: number,
): PrefixCacheMatch {
  const matchBlocks = new Int32Array(slots);
  let totalBlocks = 0;
  let longestMatch = 0;
  for (const chain of chains) {
    totalBlocks += chain.length / 2;
    const own = chains.length === 1 ? matchBlocks : new Int32Array(slots);
    longestMatch = Math.max(longestMatch, index.match(chain, own));
    if (own !== matchBlocks)
      for (let i = 0; i < slots; i++) matchBlocks[i] = (matchBlocks[i] ?? 0) + (own[i] ?? 0);
  }
  return { matchBlocks, totalBlocks, longestMatch, blockSizeTokens };
}

/** The engine's cache in blocks of the index, when it is known. */
function capacityOf(settings: Parameters, { metrics }: Endpoint): number {
  const tokens = metrics.cacheNumBlocks * metrics.cacheBlockSize;
  if (!settings.autoTune || tokens === 0) return settings.lruCapacityPerServer;
  const size = Math.max(minBlockTokens, metrics.cacheBlockSize);
  return Math.max(1, Math.floor(tokens / size));
}
