import { resources } from '@weir/api/meta';
import type { Deployment, Pod } from '@weir/api/workloads';
import type { DesiredChild } from '../desired/index.ts';

const device = 'nvidia.com/gpu';

interface DeploymentTraits {
  readonly image?: string;
  readonly devices?: number;
  readonly replicas?: number;
  readonly strategy?: NonNullable<Deployment['spec']>['strategy'];
  readonly annotations?: Record<string, string>;
  readonly status?: Deployment['status'];
}

/** Deployment `demo/hello-kserve` whose pods each hold devices. */
export function deploymentOf(traits: DeploymentTraits = {}): Deployment {
  const { image = 'engine:1', devices = 1, replicas = 1, strategy, annotations, status } = traits;
  const requests = { [device]: String(devices) };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      namespace: 'demo',
      name: 'hello-kserve',
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'hello' } },
      ...(strategy === undefined ? {} : { strategy }),
      template: {
        metadata: { labels: { app: 'hello' } },
        spec: { containers: [{ name: 'main', image, resources: { requests } }] },
      },
    },
    ...(status === undefined ? {} : { status }),
  };
}

export function childOf(deployment: Deployment): DesiredChild {
  return { kind: resources.deployments, object: deployment };
}

/** A pod of the Deployment on a node. */
export function runningPod(revision: string, devices = 1): Pod {
  return podOf(`${revision}-running`, revision, devices, { nodeName: 'node-a' });
}

/** A pod of the Deployment that the scheduler finds no node for. */
export function waitingPod(revision: string, devices = 1, why = `1 Insufficient ${device}`): Pod {
  const message = `0/1 nodes are available: ${why}. preemption: not helpful.`;
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
  return { ...podOf(`${revision}-waiting`, revision, devices, {}), status: { conditions: [condition] } };
}

function podOf(name: string, revision: string, devices: number, where: { readonly nodeName?: string }): Pod {
  const limits = { [device]: String(devices) };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'demo', name, labels: { app: 'hello', 'pod-template-hash': revision } },
    spec: { containers: [{ name: 'main', resources: { limits } }], ...where },
  };
}
