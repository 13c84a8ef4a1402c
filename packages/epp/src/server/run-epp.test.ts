import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from '@weir/core/log';
import { silentLogger } from '@weir/core/log';
import { afterEach, expect, test } from 'vitest';
import { buildPod, buildPool, FakeApi } from '../testing/fake-api.ts';
import { FakeEngine } from '../testing/fake-engine.ts';
import { type EppPorts, runEpp } from './run-epp.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const anyPorts = ['--grpc-port=0', '--grpc-health-port=0', '--metrics-port=0'];

async function start(
  api: FakeApi,
  argv: readonly string[],
  log: Logger = silentLogger,
): Promise<{ ports: EppPorts; stop: () => Promise<number> }> {
  const controller = new AbortController();
  let onListening: (ports: EppPorts) => void = () => {};
  const listening = new Promise<EppPorts>((resolve) => {
    onListening = resolve;
  });
  const exit = runEpp(['--pool-name=pool', '--pool-namespace=demo', ...anyPorts, ...argv], {
    env: {},
    log,
    signal: controller.signal,
    fetch: api.fetch,
    onListening,
  });
  const stop = () => {
    controller.abort();
    return exit;
  };
  cleanups.push(stop);
  const ports = await Promise.race([listening, exit]);
  if (typeof ports === 'number') throw new Error(`exited with ${ports}`);
  return { ports, stop };
}

/** One gRPC call with a whole request; resolves with the reply's bytes and status. */
function call(
  url: string,
  method: string,
  message: Uint8Array,
): Promise<{ status: number; message: string; reply: number[] }> {
  const session = connect(url, { rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': method,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const reply: number[] = [];
    let fields: Record<string, unknown> = {};
    stream.on('response', (headers) => {
      fields = { ...fields, ...headers };
    });
    stream.on('trailers', (headers) => {
      fields = { ...fields, ...headers };
    });
    stream.on('data', (chunk: Buffer) => reply.push(...chunk.subarray(5)));
    stream.on('error', reject);
    stream.on('close', () => {
      session.destroy();
      resolve({
        status: Number(fields['grpc-status']),
        message: decodeURIComponent(String(fields['grpc-message'] ?? '')),
        reply,
      });
    });
    stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
    if (!method.endsWith('/Process')) stream.end();
  });
}

function check(port: number, service: string): ReturnType<typeof call> {
  const name = Buffer.from(service);
  const message = name.length === 0 ? Buffer.of() : Buffer.concat([Buffer.of(0x0a, name.length), name]);
  return call(`http://127.0.0.1:${port}`, '/grpc.health.v1.Health/Check', message);
}

test('readiness follows the pool, liveness does not', async () => {
  const api = new FakeApi();
  const { ports } = await start(api, []);
  expect(await check(ports.health, 'readiness')).toEqual({ status: 0, message: '', reply: [8, 2] });
  expect((await check(ports.health, 'liveness')).reply).toEqual([8, 1]);
  api.put(buildPool());
  await until(async () => (await check(ports.health, 'readiness')).reply[1] === 1);
  for (const service of ['', 'inference-extension', 'envoy.service.ext_proc.v3.ExternalProcessor'])
    expect((await check(ports.health, service)).reply).toEqual([8, 1]);
});

test('of two replicas with leader election one is ready, and both are alive', async () => {
  const api = new FakeApi();
  api.put(buildPool());
  const flag = ['--ha-enable-leader-election'];
  const replicas = [await start(api, flag), await start(api, flag)];
  const status = (service: string) =>
    Promise.all(replicas.map(async ({ ports }) => (await check(ports.health, service)).reply[1]));
  await until(async () => (await status('readiness')).includes(1));
  expect((await status('readiness')).sort()).toEqual([1, 2]);
  expect(await status('liveness')).toEqual([1, 1]);
  expect(await status('another')).toEqual([3, 3]);
});

test('Watch sends each change of the health', async () => {
  const api = new FakeApi();
  const { ports } = await start(api, []);
  const session = connect(`http://127.0.0.1:${ports.health}`);
  cleanups.push(() => session.destroy());
  const stream = session.request({ ':method': 'POST', ':path': '/grpc.health.v1.Health/Watch' });
  const seen: number[] = [];
  stream.on('data', (chunk: Buffer) => seen.push(chunk[6] ?? 0));
  stream.on('error', () => {});
  stream.end(Buffer.of(0, 0, 0, 0, 0));
  await until(() => seen.length === 1);
  api.put(buildPool());
  await until(() => seen.length === 2);
  expect(seen).toEqual([2, 1]);
});

test('an unknown health message or method is refused, not answered', async () => {
  const { ports } = await start(new FakeApi(), []);
  const url = `http://127.0.0.1:${ports.health}`;
  expect(await call(url, '/grpc.health.v1.Health/Check', Buffer.of(9, 9))).toMatchObject({ status: 3 });
  expect(await call(url, '/x.Y/Z', Buffer.of())).toEqual({
    status: 12,
    message: 'no method /x.Y/Z is served here',
    reply: [],
  });
});

test('an ext-proc stream gets UNIMPLEMENTED over TLS at once, and the log says so', async () => {
  const lines: string[] = [];
  const log: Logger = { ...silentLogger, warn: (message) => lines.push(message), child: () => log };
  const { ports } = await start(new FakeApi(), [], log);
  const method = '/envoy.service.ext_proc.v3.ExternalProcessor/Process';
  const url = `https://127.0.0.1:${ports.grpc}`;
  const expected = { status: 12, message: 'ext-proc is not built yet in this endpoint picker', reply: [] };
  expect(await call(url, method, Buffer.of())).toEqual(expected);
  expect(await call(url, method, Buffer.of())).toEqual(expected);
  expect(lines).toEqual(['ext-proc was asked for and is not built yet: answered UNIMPLEMENTED']);
});

test('the metrics show the pool, read from its engines when asked', async () => {
  const engine = new FakeEngine();
  engine.waiting = 4;
  const port = await engine.listen('127.0.0.1', 0);
  cleanups.push(() => engine.stop());
  const api = new FakeApi();
  api.put(buildPool([port]));
  api.put(buildPod({ name: 'a', ip: '127.0.0.1' }));
  const { ports } = await start(api, []);
  await until(async () => (await check(ports.health, 'readiness')).reply[1] === 1);
  expect(engine.scrapes).toBe(0);
  const response = await fetch(`http://127.0.0.1:${ports.metrics}/metrics`);
  const text = await response.text();
  expect(text).toContain('llm_d_epp_ready_endpoints{name="pool"} 1\n');
  expect(text).toContain('llm_d_epp_average_queue_size{name="pool"} 4\n');
  expect(text).toContain(
    'llm_d_epp_per_endpoint_queue_size{name="pool",model_server_endpoint="demo/a-rank-0"} 4\n',
  );
  expect((await fetch(`http://127.0.0.1:${ports.metrics}/other`)).status).toBe(404);
});

test('a configuration file is read again when it changes, and a broken one changes nothing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'epp-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'config.yaml');
  const config = (type: string) =>
    `{apiVersion: llm-d.ai/v1alpha1, kind: EndpointPickerConfig, plugins: [{type: ${type}}]}`;
  await writeFile(file, config('queue-scorer'));
  const lines: string[] = [];
  const note = (message: string) => lines.push(message);
  const log: Logger = { ...silentLogger, info: note, error: note, child: () => log };
  await start(new FakeApi(), [`--config-file=${file}`], log);
  await writeFile(file, config('random-picker'));
  await until(() => lines.includes('configuration reloaded'));
  await writeFile(file, config('no-such-scorer'));
  await until(() => lines.includes('configuration not reloaded'));
});

test.each([
  [['--config-text', 'kind: x'], 'EndpointPickerConfig is not usable: apiVersion: Required value'],
  [['--config-file', '/does/not/exist'], 'ENOENT'],
  [['--cert-path', '/does/not/exist'], 'ENOENT'],
  [['--nonsense'], 'unknown flag "--nonsense"'],
])('%j ends the process with code 1 and the reason', async (argv, reason) => {
  const problems: string[] = [];
  const log: Logger = {
    ...silentLogger,
    error: (_, fields) => problems.push(String(fields?.reason ?? (fields?.error as Error).message)),
    child: () => log,
  };
  const code = await runEpp(['--pool-name=pool', ...anyPorts, ...argv], {
    env: {},
    log,
    signal: new AbortController().signal,
    fetch: new FakeApi().fetch,
  });
  expect(code).toBe(1);
  expect(problems.join()).toContain(reason);
});

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the condition did not come true in time');
}
