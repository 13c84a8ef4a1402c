import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { Client } from '@weir/kube';
import { eventually, type FaultProxy, startFaultProxy, startRealControlPlane } from '@weir/testing';
import { installDefinitions, installGateway, installPresets } from '../../test/e2e/llmisvc-target.ts';
import { type Subject, startSubject } from './subject.ts';

/** What a phase cost: every request but watches, by method. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly rssMiB: number;
}

const namespace = 'bench';
const quietMs = 3000;

/** Phases of a controller whose `n` services have settled; every other of them uses the Config that is edited. */
export async function measureSettled(n: number, steadySeconds: number): Promise<readonly Phase[]> {
  const plane = await startRealControlPlane();
  const proxy = await startFaultProxy(plane);
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-bench-'));
  let subject: Subject | undefined;
  try {
    const client = new Client({ fetch: plane.fetch, fieldManager: 'bench' });
    await prepare(client);
    const kubeconfig = path.join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, kubeconfigOf(proxy.url, plane.token));
    subject = await startSubject(kubeconfig);
    const created = await measure('create', subject, proxy, async () => {
      for (let i = 0; i < n; i++)
        await client.create(servingResources.services as ResourceKind, service(i, i % 2 === 0));
      await eventually('all Deployments', () => hasDeployments(client, n * 2), waiting);
    });
    const steady = await measure(`steady ${steadySeconds} s`, subject, proxy, () =>
      sleep(steadySeconds * 1000),
    );
    const edited = await measure('edit of a Config', subject, proxy, async () => {
      await client.apply(servingResources.configs as ResourceKind, config(2));
      await eventually('its users', () => hasReplicas(client, Math.ceil(n / 2)), waiting);
    });
    const restarted = await measureRestart(subject, proxy, kubeconfig, (next) => {
      subject = next;
    });
    return [created, steady, edited, restarted];
  } finally {
    await subject?.stop();
    await proxy.stop();
    await plane.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const waiting = { timeoutMs: 900_000, everyMs: 500 };

async function prepare(client: Client): Promise<void> {
  await installDefinitions(client);
  await installPresets(client);
  await installGateway(client);
  await client.create(resources.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await client.create(servingResources.configs as ResourceKind, config(1));
}

async function measure(
  name: string,
  subject: Subject,
  proxy: FaultProxy,
  run: () => Promise<unknown>,
): Promise<Phase> {
  const from = proxy.requests.length;
  const cpu = subject.cpuSeconds();
  const startedMs = performance.now();
  await run();
  const doneMs = performance.now();
  if (!name.startsWith('steady')) await untilQuiet(proxy);
  return {
    name,
    seconds: (doneMs - startedMs) / 1000,
    cpuSeconds: subject.cpuSeconds() - cpu,
    requests: byMethod(proxy, from),
    rssMiB: subject.rssMiB(),
  };
}

async function measureRestart(
  subject: Subject,
  proxy: FaultProxy,
  kubeconfig: string,
  onStart: (next: Subject) => void,
): Promise<Phase> {
  await subject.stop();
  const from = proxy.requests.length;
  const next = await startSubject(kubeconfig);
  onStart(next);
  const startedMs = performance.now();
  await untilQuiet(proxy);
  const lastMs = proxy.requests.filter(({ isWatch }) => !isWatch).at(-1)?.atMs ?? startedMs;
  return {
    name: 'restart',
    seconds: (lastMs - startedMs) / 1000,
    cpuSeconds: next.cpuSeconds(),
    requests: byMethod(proxy, from),
    rssMiB: next.rssMiB(),
  };
}

async function untilQuiet(proxy: FaultProxy): Promise<void> {
  for (let before = -1; before !== proxy.requests.length; ) {
    before = proxy.requests.length;
    await sleep(quietMs);
  }
}

function byMethod(proxy: FaultProxy, from: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path: where, isWatch } of proxy.requests.slice(from)) {
    if (isWatch) continue;
    const key = isSetup(method, where) ? 'setup' : method;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** Webhooks are installed and tried with a service that they refuse; that is no matter of how many services there are. */
function isSetup(method: string, where: string): boolean {
  const isProbe = method === 'POST' && where.endsWith('/namespaces/kserve/llminferenceservices');
  return isProbe || /admissionregistration|customresourcedefinitions/.test(where);
}

async function deployments(client: Client) {
  return (await client.list(resources.deployments, { namespace })).items;
}

async function hasDeployments(client: Client, count: number): Promise<boolean> {
  return (await deployments(client)).length >= count;
}

async function hasReplicas(client: Client, count: number): Promise<boolean> {
  return (await deployments(client)).filter(({ spec }) => spec?.replicas === 2).length >= count;
}

function config(replicas: number): KubeObject {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceServiceConfig',
    metadata: { namespace, name: 'shared' },
    spec: { replicas },
  } as KubeObject;
}

function service(i: number, usesConfig: boolean): KubeObject {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { namespace, name: `svc-${String(i).padStart(4, '0')}` },
    spec: {
      model: { uri: 'hf://facebook/opt-125m', name: `model-${i}` },
      router: { route: {}, gateway: {}, scheduler: {} },
      ...(usesConfig ? { baseRefs: [{ name: 'shared' }] } : {}),
    },
  } as KubeObject;
}

function kubeconfigOf(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
    clusters: [{ name: 'bench', cluster: { server } }],
    users: [{ name: 'bench', user: { token } }],
  });
}
