import { setMaxListeners } from 'node:events';
import type { Logger } from '@weir/core/log';
import { type Client, EventRecorder } from '@weir/kube';
import { createScheduler } from '../scheduler/index.ts';
import type { ControllerContext } from './context.ts';
import { createDeploymentController } from './deployment/index.ts';
import { createEndpointSliceController } from './endpoint-slices/index.ts';
import { createGarbageCollector } from './garbage-collector/index.ts';
import { MetadataMonitors } from './metadata-monitors.ts';
import { createNamespaceDefaults } from './namespaces/defaults.ts';
import { createNamespaceLifecycle } from './namespaces/lifecycle.ts';
import { createReplicaSetController } from './replica-set/index.ts';
import { createSharedInformers } from './shared-informers.ts';

export interface ControllerManagerOptions {
  readonly client: Client;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** CA of the API server, put into every namespace's ConfigMap `kube-root-ca.crt`. */
  readonly caPem?: string;
  readonly now?: () => Date;
}

export interface ControllerManager {
  /** Resolves when every worker has ended, after the signal fired. */
  stopped(): Promise<void>;
}

/**
 * Starts what a cluster without kube-controller-manager and kube-scheduler needs: Deployments, ReplicaSets,
 * EndpointSlices, namespaces, garbage collection, and the binding of pods to nodes. Resolves when all of them work.
 */
export async function startControllerManager(options: ControllerManagerOptions): Promise<ControllerManager> {
  const { client, log, signal } = options;
  // A watch for every kind and several workers listen for the end.
  setMaxListeners(10_000, signal);
  const context = (component: string): ControllerContext => ({
    client,
    log,
    informers,
    recorder: new EventRecorder({ client, component, log, now }),
    now,
  });
  const now = options.now ?? (() => new Date());
  const informers = createSharedInformers(client, log);
  const monitors = new MetadataMonitors(client, log);
  const controllers = [
    createReplicaSetController(context('replicaset-controller')),
    createDeploymentController(context('deployment-controller')),
    createEndpointSliceController(context('endpoint-slice-controller')),
    createNamespaceDefaults(context('namespace-controller'), options.caPem),
    createNamespaceLifecycle(context('namespace-controller'), monitors),
    createGarbageCollector(context('garbage-collector-controller'), monitors),
    createScheduler(context('default-scheduler')),
  ];
  await Promise.all([monitors.start(signal), ...controllers.map((controller) => controller.start(signal))]);
  return {
    stopped: async () => {
      await Promise.all([monitors.stopped(), ...controllers.map((controller) => controller.stopped())]);
    },
  };
}
