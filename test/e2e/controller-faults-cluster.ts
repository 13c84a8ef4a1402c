import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inferencePoolV1 } from '@weir/api/inference';
import { type Condition, keyOf, type ResourceKind, resources } from '@weir/api/meta';
import { type LLMInferenceService, type LLMInferenceServiceSpec, servingResources } from '@weir/api/serving';
import { Client } from '@weir/kube';
import {
  type FaultProxy,
  type RealControlPlane,
  startFaultProxy,
  startRealControlPlane,
} from '@weir/testing';
import { installDefinitions, installPresets } from './llmisvc-target.ts';

/** A real API server, and a way to it that tests can break for the controller alone. */
export interface FaultCluster {
  readonly plane: RealControlPlane;
  readonly proxy: FaultProxy;
  /** Of the test: not through the proxy. */
  readonly client: Client;
  /** Leads through the proxy. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

/** With the serving kinds and the presets; other CRDs by their groups. */
export async function startFaultCluster(groups: RegExp): Promise<FaultCluster> {
  const plane = await startRealControlPlane();
  const client = new Client({ fetch: plane.fetch, fieldManager: 'test' });
  await installDefinitions(client, groups);
  await installPresets(client);
  const proxy = await startFaultProxy(plane);
  const kubeconfig = path.join(path.dirname(plane.kubeconfigPath), 'kubeconfig-proxy');
  writeKubeconfig(kubeconfig, proxy.url, plane.token);
  return {
    plane,
    proxy,
    client,
    kubeconfig,
    async stop() {
      await proxy.stop();
      await plane.stop();
    },
  };
}

function writeKubeconfig(file: string, server: string, token: string): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'admin' } }],
    'current-context': 'proxy',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
}

export const namespace = 'default';

export function createService(
  client: Client,
  name: string,
  spec: LLMInferenceServiceSpec,
  annotations: Readonly<Record<string, string>> = {},
): Promise<LLMInferenceService> {
  return client.create(servingResources.services, {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name, namespace, annotations: { ...annotations } },
    spec,
  });
}

/** `Type: reason: message` of the conditions that are not True. */
export async function complaintsOf(client: Client, name: string): Promise<string[]> {
  const service = await client.get(servingResources.services, { namespace, name });
  const conditions = (service.status?.conditions ?? []) as readonly Condition[];
  return conditions
    .filter(({ status }) => status !== 'True')
    .map(({ type, reason, message }) => `${type}: ${reason}: ${message}`);
}

/** A writer that never rests: changes objects about forty times a second until it is stopped. */
export function startToucher(
  client: Client,
  targets: readonly { readonly kind: ResourceKind; readonly name: string }[],
): { readonly touches: () => number; stop(): Promise<void> } {
  let isStopped = false;
  let touches = 0;
  const touch = async (): Promise<void> => {
    while (!isStopped) {
      for (const { kind, name } of targets) {
        const annotations = { touched: String(touches) };
        const done = await client.patch(kind, { namespace, name }, { metadata: { annotations } }).then(
          () => true,
          () => false,
        );
        if (done) touches++;
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const ended = touch();
  return {
    touches: () => touches,
    async stop() {
      isStopped = true;
      await ended;
    },
  };
}

/** What every quickstart-like service consists of, as kinds and suffixes. */
export async function hasAllChildren(client: Client, service: LLMInferenceService): Promise<boolean> {
  const { name } = keyOf(service);
  const wanted: readonly [ResourceKind, string][] = [
    [resources.deployments as ResourceKind, `${name}-kserve`],
    [resources.services as ResourceKind, `${name}-kserve-workload-svc`],
    [resources.secrets as ResourceKind, `${name}-kserve-self-signed-certs`],
    [inferencePoolV1 as ResourceKind, `${name}-inference-pool`],
  ];
  const found = await Promise.all(
    wanted.map(([kind, child]) => client.find(kind, { namespace, name: child })),
  );
  return found.every((one) => one !== undefined);
}

/** KEDA's own definition is not ours to ship: what the API server has to know of it. */
export const scaledObjectDefinition: NonNullable<(typeof resources.customResourceDefinitions)['shape']> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    scope: 'Namespaced',
    names: {
      kind: 'ScaledObject',
      plural: 'scaledobjects',
      singular: 'scaledobject',
      listKind: 'ScaledObjectList',
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
