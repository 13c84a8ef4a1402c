import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inFlightLoad, type PrefixCacheMatch, prefixCacheMatchInfo } from '../../framework/data-key.ts';
import type { Endpoint } from '../../framework/endpoint.ts';
import { createPlugin, pluginContract } from '../../framework/plugin.contract.ts';
import type { Plugin } from '../../framework/plugin.ts';
import type { InferenceRequest, ParsedBody } from '../../framework/request.ts';
import { buildEndpoint, buildRequest } from '../../testing/builders.ts';
import { approxPrefixCacheProducer } from './approx-prefix-cache/index.ts';
import { inflightLoadProducer } from './inflight-load/index.ts';
import { estimateTokens } from './token/estimate.ts';
import { tokenProducer } from './token/index.ts';

pluginContract(approxPrefixCacheProducer, new URL('approx-prefix-cache/', import.meta.url));
pluginContract(inflightLoadProducer, new URL('inflight-load/', import.meta.url));
pluginContract(tokenProducer, new URL('token/', import.meta.url));

const endpoints = [0, 1].map((slot) => buildEndpoint(slot));
const [first, second] = endpoints as [Endpoint, Endpoint];

function completion(prompt: string, model = 'm'): InferenceRequest {
  const body: ParsedBody = { type: 'completion', prompts: [prompt], cacheSalt: '' };
  return buildRequest({ body, model, targetModel: model });
}

function match(producer: Plugin, request: InferenceRequest): PrefixCacheMatch | undefined {
  createPlugin(tokenProducer).produce?.(request, endpoints, 2);
  producer.produce?.(request, endpoints, 2);
  return request.data.get(prefixCacheMatchInfo, 'approx-prefix-cache-producer');
}

function send(producer: Plugin, request: InferenceRequest, target: Endpoint): void {
  match(producer, request);
  producer.preRequest?.(request, { primaryProfile: 'default', targets: [target], profiles: new Map() }, {});
}

function blocks(producer: Plugin, request: InferenceRequest): number[] {
  return [...(match(producer, request)?.matchBlocks ?? [])];
}

test('"hello world" is estimated as the published three tokens', () => {
  const { prompts } = estimateTokens({ type: 'completion', prompts: ['hello world'], cacheSalt: '' });
  expect([...new Uint32Array(Uint8Array.from(prompts[0] ?? []).buffer)]).toEqual([
    1819043176, 1870078063, 6581362,
  ]);
});

test('the bytes of any text are its UTF-8, padded with zeros', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 900 }), { maxLength: 3 }), (texts) => {
      const messages = texts.map((content) => ({ role: '', content }));
      const [tokens] = estimateTokens({ type: 'chat', messages, tools: undefined, cacheSalt: '' }).prompts;
      const bytes = Buffer.concat(texts.map((text) => new TextEncoder().encode(text)));
      const padded = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
      expect(Buffer.from(tokens ?? []).equals(padded)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('equal chats give equal tokens, whatever the form of their text', () => {
  const chat = (content: unknown): ParsedBody => ({
    type: 'chat',
    messages: [{ role: 'user', content }],
    tools: undefined,
    cacheSalt: '',
  });
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const plain = estimateTokens(chat(text)).prompts[0];
      expect(estimateTokens(chat([{ type: 'text', text }])).prompts[0]).toEqual(plain);
      expect((plain?.length ?? 1) % 4).toBe(0);
    }),
  );
  expect(estimateTokens(chat([{ type: 'image_url', image_url: { url: 'a' } }]))).not.toEqual(
    estimateTokens(chat([{ type: 'image_url', image_url: { url: 'b' } }])),
  );
});

test('a prompt is found where it was sent, as far as it is the same', () => {
  const producer = createPlugin(approxPrefixCacheProducer);
  const base = 'a'.repeat(256 * 3);
  send(producer, completion(base), second);
  expect(blocks(producer, completion(base))).toEqual([0, 3]);
  expect(blocks(producer, completion(`${base}more`))).toEqual([0, 3]);
  expect(blocks(producer, completion(`${base.slice(0, 300)}other`))).toEqual([0, 1]);
  expect(blocks(producer, completion(base, 'another-model'))).toEqual([0, 0]);
  send(producer, completion(`${base}more`), first);
  expect(blocks(producer, completion(`${base}more`))).toEqual([4, 3]);
});

test('an endpoint forgets its oldest prompts beyond its capacity, from their end', () => {
  const producer = createPlugin(approxPrefixCacheProducer, { autoTune: false, lruCapacityPerServer: 4 });
  const [a, b] = ['a', 'b'].map((letter) => letter.repeat(256 * 3)) as [string, string];
  send(producer, completion(a), first);
  send(producer, completion(b), first);
  expect(blocks(producer, completion(b))).toEqual([3, 0]);
  expect(blocks(producer, completion(a))).toEqual([1, 0]);
});

test("an engine's own cache size bounds what it is believed to hold", () => {
  const small = buildEndpoint(0, { cacheBlockSize: 16, cacheNumBlocks: 8 });
  const producer = createPlugin(approxPrefixCacheProducer);
  send(producer, completion('a'.repeat(256 * 3)), small);
  expect(blocks(producer, completion('a'.repeat(256 * 3)))).toEqual([2, 0]);
});

test('an endpoint that leaves takes its prompts along, and a retarget adds them', () => {
  const producer = createPlugin(approxPrefixCacheProducer);
  const request = completion('x'.repeat(300));
  send(producer, request, first);
  producer.onRetarget?.(request, first, second);
  expect(blocks(producer, completion('x'.repeat(300)))).toEqual([2, 2]);
  producer.onEndpointRemoved?.(first);
  expect(blocks(producer, completion('x'.repeat(300)))).toEqual([0, 2]);
});

test('the index agrees with a plain model of it', () => {
  const prompts = ['a', 'b'].flatMap((x) => ['a', 'b'].map((y) => x.repeat(256) + y.repeat(256)));
  const step = fc.record({ prompt: fc.constantFrom(...prompts), slot: fc.nat(1) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom(...prompts), (steps, probe) => {
      const producer = createPlugin(approxPrefixCacheProducer);
      for (const { prompt, slot } of steps) send(producer, completion(prompt), slot === 0 ? first : second);
      const expected = [0, 1].map((slot) => {
        const sent = steps.filter((one) => one.slot === slot).map((one) => one.prompt);
        if (sent.includes(probe)) return 2;
        return sent.some((prompt) => prompt.slice(0, 256) === probe.slice(0, 256)) ? 1 : 0;
      });
      expect(blocks(producer, completion(probe))).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

test('in-flight counts survive a slot that is given to another endpoint', () => {
  const producer = createPlugin(inflightLoadProducer);
  const request = buildRequest();
  const counts = () => {
    producer.produce?.(request, endpoints, 2);
    return [...(request.data.get(inFlightLoad, 'inflight-load-producer')?.requests ?? [])].slice(0, 2);
  };
  const result = (target: Endpoint) => ({ primaryProfile: 'd', targets: [target], profiles: new Map() });
  producer.preRequest?.(request, result(first), {});
  producer.preRequest?.(request, result(first), {});
  producer.onRetarget?.(request, first, second);
  expect(counts()).toEqual([1, 1]);
  producer.onEndpointRemoved?.(first);
  const successor = buildEndpoint(0);
  producer.preRequest?.(request, result(successor), {});
  producer.onEnd?.(request, first, 'error');
  expect(counts()).toEqual([1, 1]);
  producer.onEnd?.(request, successor, 'natural');
  expect(counts()).toEqual([0, 1]);
});
