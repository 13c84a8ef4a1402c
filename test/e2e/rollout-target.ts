import { resources } from '@weir/api/meta';
import { servingConverters } from '@weir/api/serving';
import type { Deployment, ReplicaSet } from '@weir/api/workloads';
import { createApiServer } from '@weir/cluster/apiserver';
import { startControllerManager } from '@weir/cluster/controller-manager';
import { createLogger, silentLogger } from '@weir/core/log';
import { Client, type Fetch, Informer } from '@weir/kube';
import { createServingAdmission, startLlmisvc } from '@weir/llmisvc';
import { startFakeKubelet, startRealCluster } from '@weir/testing';
import { definitions, installDefinitions, installPresets, type TargetName } from './llmisvc-target.ts';

/** Devices that no machine has: the node only says so, of the first one, of the second several. */
export const fakeDevice = 'example.com/fake-device';
export const sharedFakeDevice = 'example.com/shared-fake-device';

const groups = /^(serving|gateway\.networking|inference\.networking\.k8s|leaderworkerset)/;

/** The controller on a cluster whose Deployments roll and whose pods are scheduled; a pod is a claim of its node. */
export interface RolloutTarget {
  readonly client: Client;
  /** Every different pod template that a Deployment had. */
  templatesOf(name: string): number;
  stop(): Promise<void>;
}

interface Cluster {
  readonly fetch: Fetch;
  stop(): Promise<void>;
}

/** With one node. */
export async function startRolloutTarget(name: TargetName): Promise<RolloutTarget> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const cluster = name === 'embedded' ? await startEmbedded() : await startRealCluster();
  const client = new Client({ fetch: cluster.fetch, fieldManager: 'test' });
  if (name === 'kubernetes') await installDefinitions(client, groups);
  await installPresets(client);
  const allocatable = { cpu: '64', memory: '512Gi', pods: '200', [fakeDevice]: '1', [sharedFakeDevice]: '8' };
  await startFakeKubelet({ client, nodeName: 'node-a', signal, allocatable });
  const templates = await watchTemplates(client, signal);
  const controller = await startLlmisvc({
    client: new Client({ fetch: cluster.fetch, fieldManager: 'weir-llmisvc' }),
    log: createLogger({ name: 'llmisvc', level: 'error' }),
    signal,
    systemNamespace: 'kserve',
    // Its pods answer nothing.
    readyGate: 'kserve',
  });
  return {
    client,
    templatesOf: (deployment) => templates.get(deployment)?.size ?? 0,
    async stop() {
      stopping.abort();
      await controller.stopped();
      await cluster.stop();
    },
  };
}

async function startEmbedded(): Promise<Cluster> {
  const server = await createApiServer({
    dataDir: null,
    log: silentLogger,
    crds: definitions(groups),
    admission: createServingAdmission({ systemNamespace: 'kserve' }),
    converters: servingConverters,
  });
  const stopping = new AbortController();
  const client = new Client({ fetch: server.fetch, fieldManager: 'controllers' });
  const manager = await startControllerManager({ client, log: silentLogger, signal: stopping.signal });
  return {
    fetch: server.fetch,
    async stop() {
      stopping.abort();
      await manager.stopped();
      await server.stop();
    },
  };
}

async function watchTemplates(client: Client, signal: AbortSignal): Promise<Map<string, Set<string>>> {
  const templates = new Map<string, Set<string>>();
  const informer = new Informer<Deployment>({ client, kind: resources.deployments, log: silentLogger });
  informer.onChange(({ object }) => {
    const name = object.metadata.name ?? '';
    const seen = templates.get(name) ?? new Set();
    templates.set(name, seen.add(JSON.stringify(object.spec?.template)));
  });
  informer.start(signal);
  await informer.waitForSync();
  return templates;
}

/** Revisions that a Deployment ever made pods of. */
export async function revisionsOf(client: Client, deployment: string): Promise<ReplicaSet[]> {
  const { items } = await client.list(resources.replicaSets, { namespace: 'default' });
  return items.filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === deployment));
}

/** `reason: message` of the events about a service. */
export async function eventsOf(client: Client, service: string): Promise<string[]> {
  const { items } = await client.list(resources.events, { namespace: 'default' });
  return items
    .filter(({ involvedObject }) => involvedObject.name === service)
    .map(({ reason, message }) => `${reason}: ${message}`);
}
