import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { afterEach, expect, test } from 'vitest';
import { buildPod, buildPool, FakeApi } from '../testing/fake-api.ts';
import { FakeEngine } from '../testing/fake-engine.ts';
import { seededRandom } from '../testing/seeded-random.ts';
import { createPicker, type PickerOptions, type ReloadablePicker } from './in-process.ts';
import type { Decision, PickedDecision } from './picker.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function start(api: FakeApi, options: Partial<PickerOptions> = {}): ReloadablePicker {
  const picker = createPicker({
    client: new Client({ fetch: api.fetch, fieldManager: 'test' }),
    poolKey: { namespace: 'demo', name: 'pool' },
    configText: null,
    log: silentLogger,
    now: () => performance.now(),
    random: seededRandom(1),
    ...options,
  });
  cleanups.push(() => picker.stop());
  return picker;
}

let requests = 0;
async function ask(picker: ReloadablePicker, content: string, subset?: string[]): Promise<Decision> {
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));
  return picker.onRequest({
    requestId: `r${++requests}`,
    method: 'POST',
    path: '/v1/chat/completions',
    headers: {},
    body,
    ...(subset === undefined ? {} : { subset }),
  });
}

async function pick(picker: ReloadablePicker, content: string): Promise<PickedDecision> {
  const decision = await ask(picker, content);
  if (decision.type !== 'picked') throw new Error(decision.message);
  return decision;
}

/** Two engines on one port of two loopback addresses, as pods of a pool. */
async function startTwoEngines(): Promise<{ api: FakeApi; engines: Map<string, FakeEngine> }> {
  const api = new FakeApi();
  const [first, second] = [new FakeEngine(), new FakeEngine()];
  const port = await first.listen('127.0.0.2', 0);
  await second.listen('127.0.0.3', port);
  cleanups.push(
    () => first.stop(),
    () => second.stop(),
  );
  api.put(buildPool([port]));
  api.put(buildPod({ name: 'a', ip: '127.0.0.2' }));
  api.put(buildPod({ name: 'b', ip: '127.0.0.3' }));
  return {
    api,
    engines: new Map([
      [`127.0.0.2:${port}`, first],
      [`127.0.0.3:${port}`, second],
    ]),
  };
}

async function send(decision: PickedDecision): Promise<void> {
  await fetch(`http://${decision.target.address}/v1/chat/completions`, {
    method: 'POST',
    headers: decision.headers,
    body: decision.body.toString(),
  }).then((response) => response.text());
}

test('requests spread over the engines, and a repeated prompt returns to the one that served it', async () => {
  const { api, engines } = await startTwoEngines();
  const picker = start(api);
  await picker.whenReady();
  const served = new Map<string, string>();
  for (let i = 0; i < 20; i++) {
    const prompt = `${i} `.repeat(200);
    const decision = await pick(picker, prompt);
    await send(decision);
    picker.onResponseHeaders(decision, { status: 200 });
    picker.onEnd(decision, 'natural');
    served.set(prompt, decision.target.address);
  }
  for (const engine of engines.values()) expect(engine.received.length).toBeGreaterThanOrEqual(3);
  for (const [prompt, address] of served) {
    const decision = await pick(picker, prompt);
    expect(decision.target.address).toBe(address);
    picker.onEnd(decision, 'natural');
  }
});

test('an engine with a queue is avoided once its metrics were read', async () => {
  const { api, engines } = await startTwoEngines();
  const [[busyAddress, busy] = []] = engines;
  if (busy === undefined) throw new Error('unreachable');
  busy.waiting = 9;
  const picker = start(api);
  await picker.whenReady();
  // An engine is asked again once its first answer was read.
  await until(() => [...engines.values()].every((engine) => engine.scrapes > 1));
  for (let i = 0; i < 10; i++) {
    const decision = await pick(picker, `new ${i}`);
    expect(decision.target.address).not.toBe(busyAddress);
    expect(decision.fallbacks.map((target) => target.address)).toEqual([busyAddress]);
    picker.onEnd(decision, 'natural');
  }
});

test('scraping slows down without requests and is quick with them', async () => {
  const { api, engines } = await startTwoEngines();
  const [engine] = engines.values();
  if (engine === undefined) throw new Error('unreachable');
  const picker = start(api);
  await picker.whenReady();
  await pause(800);
  const idle = engine.scrapes;
  expect(idle).toBeLessThanOrEqual(7);
  const decision = await pick(picker, 'hello');
  const fromMs = performance.now();
  await until(() => engine.scrapes - idle >= 5);
  // A second would do; the next five of an idle picker come within eleven.
  expect(performance.now() - fromMs).toBeLessThan(8000);
  picker.onEnd(decision, 'natural');
});

test('pods that are not ready, leave or lose their port are not picked', async () => {
  const api = new FakeApi();
  api.put(buildPool([8000, 8001]));
  api.put(buildPod({ name: 'a', ip: '10.0.0.1' }));
  api.put(buildPod({ name: 'b', ip: '10.0.0.2', ready: false }));
  api.put(buildPod({ name: 'c', ip: '10.0.0.3', annotations: { 'llm-d.ai/active-ports': '8001' } }));
  const picker = start(api, { scrape: 'on-demand' });
  await picker.whenReady();
  const addresses = () => picker.endpoints().map((target) => target.address);
  await until(() => addresses().length === 3);
  expect(addresses()).toEqual(['10.0.0.1:8000', '10.0.0.1:8001', '10.0.0.3:8001']);
  api.put({
    ...buildPod({ name: 'a', ip: '10.0.0.1' }),
    metadata: { ...buildPod({ name: 'a', ip: '' }).metadata, deletionTimestamp: 'now' },
  });
  api.put(buildPod({ name: 'b', ip: '10.0.0.2' }));
  await until(() => addresses().includes('10.0.0.2:8000'));
  expect(addresses().sort()).toEqual(['10.0.0.2:8000', '10.0.0.2:8001', '10.0.0.3:8001']);
  api.remove('Pod', 'c');
  api.put(buildPool([8001]));
  await until(() => addresses().length === 1);
  expect(addresses()).toEqual(['10.0.0.2:8001']);
  api.remove('InferencePool', 'pool');
  await until(() => addresses().length === 0);
  expect(await ask(picker, 'hi')).toMatchObject({ type: 'rejected', status: 503 });
});

test('a decision carries the protocol headers, and a subset limits it', async () => {
  const api = new FakeApi();
  api.put(buildPool());
  api.put(buildPod({ name: 'a', ip: '10.0.0.1' }));
  api.put(buildPod({ name: 'b', ip: '10.0.0.2' }));
  const picker = start(api, { scrape: 'on-demand' });
  await picker.whenReady();
  await until(() => picker.endpoints().length === 2);
  for (let i = 0; i < 5; i++) {
    const decision = await ask(picker, 'hi', ['10.0.0.2:9999']);
    expect(decision).toMatchObject({
      type: 'picked',
      model: 'm',
      isStreaming: false,
      target: { address: '10.0.0.2:8000', podNamespace: 'demo', podName: 'b' },
      fallbacks: [],
      headers: {
        'x-gateway-destination-endpoint': '10.0.0.2:8000',
        'x-request-id': `r${requests}`,
      },
    });
    if (decision.type === 'picked') expect(decision.removeHeaders).toContain('x-prefiller-host-port');
  }
  expect(await ask(picker, 'hi', [])).toEqual({
    type: 'rejected',
    requestId: `r${requests}`,
    status: 503,
    code: 'ServiceUnavailable',
    message: 'failed to find endpoint candidates for serving the request',
    reason: 'rejected-no-endpoints',
    headers: { 'x-llm-d-request-dropped-reason': 'rejected-no-endpoints' },
  });
});

test('a body that its API does not allow is refused with the field', async () => {
  const api = new FakeApi();
  const picker = start(api, { scrape: 'on-demand' });
  const base = { requestId: 'x', method: 'POST', headers: {} };
  const chat = '/v1/chat/completions?a=b';
  const cases = [
    [chat, '{', 'request body is not valid JSON'],
    [chat, '[]', 'request body must be a JSON object'],
    [chat, '{"model":"m"}', 'invalid chat completions request: must have valid messages field'],
    [
      '/v1/completions',
      '{"model":"m","prompt":[1,"a"]}',
      'invalid completions request: must have valid prompt field',
    ],
    ['/v1/completions', '{"model":3,"prompt":"a"}', 'invalid request: model must be a string'],
    ['/v1/messages', '{}', 'invalid messages request: must have valid messages field'],
  ] as const;
  for (const [path, body, message] of cases) {
    const decision = await picker.onRequest({ ...base, path, body: Buffer.from(body) });
    expect(decision).toMatchObject({ type: 'rejected', status: 400, code: 'BadRequest' });
    expect(decision.type === 'rejected' && decision.message).toContain(message);
  }
});

test('filters that leave nothing give 429 with the reason', async () => {
  const api = new FakeApi();
  api.put(buildPool());
  api.put(buildPod({ name: 'a', ip: '10.0.0.1' }));
  const configText = `{apiVersion: llm-d.ai/v1alpha1, kind: EndpointPickerConfig, plugins: [{type: prefill-filter}, {type: queue-scorer}]}`;
  const picker = start(api, { scrape: 'on-demand', configText });
  await picker.whenReady();
  await until(() => picker.endpoints().length === 1);
  expect(await ask(picker, 'hi')).toMatchObject({
    status: 429,
    message: 'no endpoints available for the given request',
    reason: 'rejected-saturated',
  });
  picker.reload(null);
  expect(await ask(picker, 'hi')).toMatchObject({ type: 'picked' });
  expect(() => picker.reload('kind: x')).toThrow(/not usable/);
  expect(await ask(picker, 'hi')).toMatchObject({ type: 'picked' });
});

test('requests in flight move with a retarget and end once', async () => {
  const api = new FakeApi();
  api.put(buildPool());
  api.put(buildPod({ name: 'a', ip: '10.0.0.1' }));
  api.put(buildPod({ name: 'b', ip: '10.0.0.2' }));
  const configText = `{apiVersion: llm-d.ai/v1alpha1, kind: EndpointPickerConfig, plugins: [{type: active-request-scorer}]}`;
  const picker = start(api, { scrape: 'on-demand', configText });
  await picker.whenReady();
  await until(() => picker.endpoints().length === 2);
  const first = await pick(picker, 'one');
  const other = first.fallbacks[0]?.address ?? '';
  picker.onRetarget(first, other);
  const second = await pick(picker, 'two');
  expect(second.target.address).toBe(first.target.address);
  picker.onEnd(first, 'error');
  picker.onEnd(first, 'error');
  expect((await pick(picker, 'three')).target.address).toBe(other);
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !condition(); i++) await pause(10);
  expect(condition()).toBe(true);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
