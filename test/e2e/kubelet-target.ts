import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import { createAddressPool, type ImageResolver, type Kubelet, startKubelet } from '@weir/cluster/kubelet';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { eventually, type RealControlPlane, startRealControlPlane } from '@weir/testing';

/** Our kubelet as the node `weir` of a real API server, on which nothing else runs. */
export interface KubeletTarget {
  readonly client: Client;
  /** Where the kubelet keeps what belongs to its pods. */
  readonly stateDir: string;
  /** Creates a pod in the namespace `default`, bound to the node. */
  createPod(name: string, spec: object): Promise<Pod>;
  /** The pod once it is as it should be; a failure tells its status and all events. */
  waitFor(name: string, isThere: (pod: Pod) => boolean): Promise<Pod>;
  /** What a container wrote so far; with `follow` up to its end. */
  readLogs(pod: Pod, container: string, options?: LogOptions): Promise<string>;
  /** `reason: message` of the events about a pod. */
  eventsOf(name: string): Promise<string[]>;
  stop(): Promise<void>;
}

interface LogOptions {
  readonly follow?: boolean;
  readonly previous?: boolean;
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

const namespace = 'default';

export async function startKubeletTarget(): Promise<KubeletTarget> {
  const stateDir = mkdtempSync(join(tmpdir(), 'weir-kubelet-'));
  mkdirSync(join(stateDir, 'shims'));
  writeFileSync(join(stateDir, 'shims', 'vllm'), shim, { mode: 0o755 });
  const server = await startRealControlPlane();
  const client = new Client({ fetch: server.fetch, fieldManager: 'test' });
  const metadata = { name: 'default', namespace };
  await client.create(resources.serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  const stopping = new AbortController();
  const kubelet = await startOn(server, stateDir, stopping.signal);
  return {
    client,
    stateDir,
    createPod: (name, spec) =>
      client.create(resources.pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace },
        spec: { nodeName: 'weir', terminationGracePeriodSeconds: 20, ...spec } as NonNullable<Pod['spec']>,
      }),
    waitFor: (name, isThere) =>
      eventually(`pod ${name}`, async () => {
        const pod = await client.get(resources.pods, { namespace, name });
        if (isThere(pod)) return pod;
        const messages = await eventsOf(client);
        throw new Error(JSON.stringify({ messages, status: pod.status }, null, 1));
      }),
    readLogs: (pod, container, options) => readLogs(kubelet, pod, container, options),
    eventsOf: (name) => eventsOf(client, name),
    async stop() {
      stopping.abort();
      await kubelet.stopped();
      await server.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

function startOn(server: RealControlPlane, stateDir: string, signal: AbortSignal): Promise<Kubelet> {
  return startKubelet({
    client: new Client({ fetch: server.fetch, fieldManager: 'kubelet' }),
    nodeName: 'weir',
    stateDir,
    addresses: createAddressPool({ cidr: '127.78.240.0/24', file: join(stateDir, 'addresses.json') }),
    images: imagesWith(join(stateDir, 'shims')),
    apiAccess: { url: server.url, caPem: server.caPem },
    log: silentLogger,
    signal,
    timings: { backoffBaseMs: 300, configRetryMs: 200 },
    onStop: { type: 'stop', graceMs: 500 },
  });
}

/** Stands for the engine: a program outside every mount that looks at the mounts. */
const shim = `#!${process.execPath}
const fs = require('node:fs');
console.log(['vllm', ...process.argv.slice(2)].join(' '));
for (const [path] of JSON.parse(process.env.WEIR_PATH_MAP).filter(([path]) => path !== '/dev/termination-log')) {
  fs.writeFileSync(path + '/probe', '');
  console.log(path + ' is writable');
}
`;

/** Runs the command as it is: these pods name programs of this machine. */
function imagesWith(shims: string): ImageResolver {
  return {
    resolve({ image, command, args }) {
      const message = `image "${image}" stands for no program`;
      if (image === 'unknown') return { type: 'unresolved', reason: 'ImageNotRunnableLocally', message };
      const pathPrepend = image === 'engine' ? [shims] : [];
      return { type: 'program', argv: [...command, ...args], env: {}, pathPrepend };
    },
  };
}

async function readLogs(
  kubelet: Kubelet,
  { metadata: { namespace = '', name = '', uid = '' } }: Pod,
  container: string,
  { follow = false, previous = false }: LogOptions = {},
): Promise<string> {
  let text = '';
  const options = { container, follow, previous, signal: AbortSignal.timeout(120_000) };
  for await (const chunk of kubelet.logs.open({ namespace, name, uid }, options)) text += Buffer.from(chunk);
  return text;
}

async function eventsOf(client: Client, name?: string): Promise<string[]> {
  const { items } = await client.list(resources.events, { namespace });
  const own = items.filter(({ involvedObject }) => name === undefined || involvedObject.name === name);
  return own.map(({ reason, message }) => `${reason}: ${message}`);
}

/** A container that runs a script. */
export function shell(name: string, script: string, more: object = {}): object {
  return { name, image: 'shell', command: ['/bin/sh', '-c', script], ...more };
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
}

/** The status of the container `main`. */
export function mainOf(pod: Pod): ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === 'main');
}
