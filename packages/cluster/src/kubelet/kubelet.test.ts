import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { resources } from '@weir/api/meta';
import type { ContainerStatus, Pod } from '@weir/api/workloads';
import { silentLogger } from '@weir/core/log';
import { readProcessStat } from '@weir/core/process';
import { Client, type Fetch } from '@weir/kube';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServer, createApiServer } from '../apiserver/index.ts';
import { createAddressPool } from './address-pool.ts';
import type { ImageResolver, Kubelet, KubeletOptions } from './contracts.ts';
import { startKubelet } from './kubelet.ts';

/** For machines that are busy with other tests. */
const patient = { timeout: 30_000 };

const images: ImageResolver = {
  resolve: ({ command }) => ({ type: 'program', argv: command, env: {}, pathPrepend: [] }),
};

let stateDir: string;
let server: ApiServer;
let client: Client;
const closers: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'weir-kubelet-'));
  server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: [],
    admission: [],
    converters: [],
  });
  client = new Client({ fetch: server.fetch, fieldManager: 'test' });
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await server.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

async function start(
  more: Partial<KubeletOptions> = {},
): Promise<{ kubelet: Kubelet; stop: () => Promise<void> }> {
  const controller = new AbortController();
  const kubelet = await startKubelet({
    client: new Client({ fetch: server.fetch, fieldManager: 'kubelet' }),
    stateDir,
    addresses: createAddressPool({ cidr: '127.78.242.0/24', file: join(stateDir, 'addresses.json') }),
    images,
    apiAccess: { url: 'https://127.0.0.1:7001', caPem: '' },
    log: silentLogger,
    signal: controller.signal,
    isolation: 'paths',
    onStop: { type: 'stop', graceMs: 300 },
    ...more,
  });
  const stop = (): Promise<void> => {
    controller.abort();
    return kubelet.stopped();
  };
  closers.push(stop);
  return { kubelet, stop };
}

async function createPod(name: string, script: string, more: object = {}): Promise<void> {
  await client.create(resources.pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: 'weir',
      automountServiceAccountToken: false,
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [
        {
          name: 'main',
          image: 'shell',
          command: ['/bin/sh', '-c', script],
          volumeMounts: [{ name: 'data', mountPath: '/mnt/data' }],
          env: [{ name: 'DATA', value: '/mnt/data' }],
        },
      ],
      ...more,
    },
  } as Pod);
}

function statusOf(pod: Pod | undefined): ContainerStatus | undefined {
  return pod?.status?.containerStatuses?.[0];
}

async function waitFor(name: string, isThere: (pod: Pod) => boolean): Promise<Pod> {
  for (let tries = 0; tries < 1200; tries++) {
    const pod = await client.find(resources.pods, { namespace: 'default', name });
    if (pod !== undefined && isThere(pod)) return pod;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`pod ${name} did not get there`);
}

/** And ready, which is said of it a moment later. */
const isRunning = (pod: Pod): boolean =>
  statusOf(pod)?.state?.running !== undefined && statusOf(pod)?.ready === true;

async function readLogs({ logs }: Kubelet, pod: Pod): Promise<string> {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const options = { container: 'main', follow: false, previous: false, signal: AbortSignal.timeout(30_000) };
  let text = '';
  for await (const chunk of logs.open({ namespace, name, uid }, options)) text += Buffer.from(chunk);
  return text;
}

/** The API over HTTP, for a kubelet in a process of its own. */
async function serve(fetch: Fetch): Promise<string> {
  const http: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    const answer = await fetch(request.url ?? '/', {
      method: request.method ?? 'GET',
      headers: request.headers as Record<string, string>,
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
      signal: closed.signal,
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null) response.end();
    else
      Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0])
        .on('error', () => {})
        .pipe(response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** A kubelet in a process of its own, which can be killed. */
async function spawnKubelet(url: string): Promise<ChildProcess> {
  const file = join(stateDir, 'kubelet.mts');
  const here = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
  writeFileSync(
    file,
    `
    import { startKubelet, createAddressPool } from ${here('./index.ts')};
    import { Client } from ${JSON.stringify(import.meta.resolve('@weir/kube'))};
    const log = { debug() {}, info() {}, warn() {}, error() {}, trace() {}, child: () => log, isLevelEnabled: () => false };
    const stateDir = ${JSON.stringify(stateDir)};
    await startKubelet({
      client: new Client({ fetch: (path, init) => fetch(${JSON.stringify(url)} + path, init), fieldManager: 'kubelet' }),
      stateDir, log, isolation: 'paths', signal: new AbortController().signal,
      addresses: createAddressPool({ cidr: '127.78.242.0/24', file: stateDir + '/addresses.json' }),
      images: { resolve: ({ command }) => ({ type: 'program', argv: command, env: {}, pathPrepend: [] }) },
      apiAccess: { url: 'https://127.0.0.1:7001', caPem: '' },
    });
    `,
  );
  return spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function killHard(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** The first line of its first run's log. */
async function pidInLog(pod: Pod): Promise<number> {
  const file = join(stateDir, 'pods', pod.metadata.uid ?? '', 'logs', 'main', '0.log');
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), patient).toMatch(/F \d+\n/);
  return Number(/F (\d+)\n/.exec(readFileSync(file, 'utf8'))?.[1]);
}

describe('kubelet', () => {
  test('after kill -9 the next one goes on with the running containers, their logs and their probes', async () => {
    const child = await spawnKubelet(await serve(server.fetch));
    await createPod('survivor', 'echo $$$$; while :; do sleep 0.2; echo tick; done');
    const before = await waitFor('survivor', isRunning);
    await killHard(child);

    const { kubelet } = await start();
    await expect.poll(() => readLogs(kubelet, before), patient).toMatch(/^\d+\n(tick\n){6,}$/);
    const after = await client.get(resources.pods, { namespace: 'default', name: 'survivor' });
    expect(statusOf(after)).toEqual(statusOf(before));
    expect(after.status?.podIP).toBe(before.status?.podIP);
    const pid = Number((await readLogs(kubelet, after)).split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    const restarted = await waitFor('survivor', (pod) => statusOf(pod)?.restartCount === 1);
    expect(statusOf(restarted)?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    });
  });

  test('after kill -9 containers are started again that have another address, and ended that have no pod', async () => {
    const child = await spawnKubelet(await serve(server.fetch));
    for (const name of ['moved', 'deleted']) await createPod(name, 'echo $$$$; exec sleep 60');
    const before = await waitFor('moved', isRunning);
    const deleted = await waitFor('deleted', isRunning);
    // Before the kill: what a container said last may wait in its pipe for the next kubelet.
    const pids = await Promise.all([before, deleted].map(pidInLog));
    await killHard(child);
    await client.delete(resources.pods, { namespace: 'default', name: 'deleted' }, { gracePeriodSeconds: 0 });

    const { kubelet } = await start({
      addresses: createAddressPool({ cidr: '127.78.243.0/24', file: join(stateDir, 'addresses.json') }),
    });
    for (const pid of pids) expect(readProcessStat(pid)).toBeUndefined();
    const after = await waitFor('moved', (pod) => isRunning(pod) && statusOf(pod)?.restartCount === 1);
    expect(after.status?.podIP).not.toBe(before.status?.podIP);
    await expect.poll(() => readLogs(kubelet, after), patient).toMatch(/^\d+\n$/);
    expect(statusOf(after)?.lastState?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    });
  });

  test('ends its pods when it is stopped, says that the node is not ready, and takes up again later', async () => {
    const first = await start();
    await createPod('steady', 'echo $$$$; exec sleep 60');
    const pod = await waitFor('steady', isRunning);
    await expect.poll(() => readLogs(first.kubelet, pod), patient).not.toBe('');
    const pid = Number(await readLogs(first.kubelet, pod));
    expect(readProcessStat(pid)?.pid).toBe(pid);
    await first.stop();
    expect(readProcessStat(pid)).toBeUndefined();
    const node = await client.get(resources.nodes, { namespace: '', name: 'weir' });
    expect(node.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'KubeletStopped',
    });
    await start();
    await waitFor('steady', (pod) => isRunning(pod) && statusOf(pod)?.restartCount === 1);
  });

  test('a node that was declared dead says that it is ready, and one that was deleted comes back', async () => {
    await start();
    const key = { namespace: '', name: 'weir' };
    const readiness = async (): Promise<string | undefined> =>
      (await client.find(resources.nodes, key))?.status?.conditions?.find(({ type }) => type === 'Ready')
        ?.status;
    expect(await readiness()).toBe('True');
    const dead = { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' };
    await client.patch(
      resources.nodes,
      key,
      { status: { conditions: [dead] } },
      { subresource: 'status', type: 'strategic' },
    );
    await expect.poll(readiness, patient).toBe('True');
    await client.delete(resources.nodes, key);
    await expect.poll(readiness, patient).toBe('True');
  });

  test('removes folders and addresses of pods that were deleted while it was away', async () => {
    mkdirSync(join(stateDir, 'pods', 'gone', 'volumes'), { recursive: true });
    const addresses = createAddressPool({ cidr: '127.78.242.0/24', file: join(stateDir, 'addresses.json') });
    addresses.acquire('gone');
    await start({ addresses });
    expect(existsSync(join(stateDir, 'pods', 'gone'))).toBe(false);
    expect(addresses.owners()).toEqual([]);
  });

  test('a pod made anew under the same name does not inherit the old one', async () => {
    await start();
    await createPod('twin', 'exec sleep 60', { terminationGracePeriodSeconds: 1 });
    const first = await waitFor('twin', isRunning);
    await client.delete(resources.pods, { namespace: 'default', name: 'twin' });
    await expect
      .poll(() => client.find(resources.pods, { namespace: 'default', name: 'twin' }), patient)
      .toBeUndefined();
    await createPod('twin', 'exec sleep 60');
    const second = await waitFor('twin', isRunning);
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(second.status?.podIP).not.toBe(first.status?.podIP);
    expect(statusOf(second)?.restartCount).toBe(0);
  });

  test('reports an end by lack of memory', async () => {
    await start({ timings: { memorySampleMs: 50 } });
    await createPod('hungry', '', {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image: 'node',
          command: [
            process.execPath,
            '-e',
            'globalThis.x = Buffer.alloc(96e6, 1); setInterval(() => {}, 1e3)',
          ],
          resources: { limits: { memory: '64Mi' } },
        },
      ],
    });
    const pod = await waitFor('hungry', ({ status }) => status?.phase === 'Failed');
    expect(statusOf(pod)?.state?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  test('restarts a container whose image was changed', async () => {
    const { kubelet } = await start();
    await createPod('updated', 'trap "exit 0" TERM; echo trapped; while :; do sleep 0.05; done');
    const before = await waitFor('updated', isRunning);
    await expect.poll(() => readLogs(kubelet, before), patient).toBe('trapped\n');
    const patch = { spec: { containers: [{ name: 'main', image: 'other' }] } };
    await client.patch(resources.pods, { namespace: 'default', name: 'updated' }, patch, {
      type: 'strategic',
    });
    const pod = await waitFor('updated', (pod) => isRunning(pod) && statusOf(pod)?.restartCount === 1);
    expect(statusOf(pod)).toMatchObject({ image: 'other', lastState: { terminated: { exitCode: 0 } } });
  });

  test('a program that is not there fails a pod that never restarts', async () => {
    await start();
    const containers = [{ name: 'main', image: 'x', command: ['no-such-program'] }];
    await createPod('lost', '', { restartPolicy: 'Never', containers });
    const pod = await waitFor('lost', ({ status }) => status?.phase === 'Failed');
    expect(statusOf(pod)?.state?.terminated).toMatchObject({
      exitCode: 127,
      reason: 'StartError',
      message: 'exec: "no-such-program": executable file not found in $PATH',
    });
  });

  test('evicts a pod whose volume has outgrown its limit', async () => {
    await start({ timings: { sizeCheckMs: 20 } });
    await createPod('greedy', 'head -c 300000 /dev/zero > $DATA/big; exec sleep 60', {
      volumes: [{ name: 'data', emptyDir: { sizeLimit: '100Ki' } }],
    });
    const pod = await waitFor('greedy', ({ status }) => status?.phase === 'Failed');
    expect(pod.status).toMatchObject({
      reason: 'Evicted',
      message: 'Usage of EmptyDir volume "data" exceeds the limit "100Ki".',
    });
  });

  test('refuses logs of what has not run, with the words of Kubernetes', async () => {
    const { kubelet } = await start();
    await createPod('blocked', 'true', { volumes: [{ name: 'data', nfs: { server: 's', path: '/' } }] });
    const pod = await waitFor('blocked', ({ status }) => status?.phase === 'Pending');
    await expect(readLogs(kubelet, pod)).rejects.toThrow(
      'container "main" in pod "blocked" is waiting to start: ContainerCreating',
    );
    const events = async (): Promise<string[]> =>
      (await client.list(resources.events, { namespace: 'default' })).items.map(
        (event) => event.message ?? '',
      );
    await expect
      .poll(events, patient)
      .toContainEqual(expect.stringContaining('volumes of kind nfs are not supported on this node'));
  });
});
