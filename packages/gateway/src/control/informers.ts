import type { Gateway, GatewayClass, HTTPRoute, ReferenceGrant } from '@weir/api/gateway';
import { gatewayResources } from '@weir/api/gateway';
import { type InferencePool, inferencePoolV1 } from '@weir/api/inference';
import type { KubeObject, ResourceKind } from '@weir/api/meta';
import { resources } from '@weir/api/meta';
import type { Deployment, EndpointSlice, Namespace, Pod, Service } from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import { aborted, type Client, Informer } from '@weir/kube';
import type { RoutingSnapshot } from '../routing/snapshot.ts';

/** Everything the gateway reads of the cluster. */
export interface Informers {
  readonly gatewayClasses: Informer<GatewayClass>;
  readonly gateways: Informer<Gateway>;
  readonly routes: Informer<HTTPRoute>;
  readonly grants: Informer<ReferenceGrant>;
  readonly namespaces: Informer<Namespace>;
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
  readonly pools: Informer<InferencePool>;
  readonly pods: Informer<Pod>;
  readonly deployments: Informer<Deployment>;
  readonly inferenceServices: Informer;
}

export function createInformers(client: Client, log: Logger): Informers {
  const make = <T extends KubeObject>(kind: ResourceKind<T>) => new Informer<T>({ client, kind, log });
  return {
    gatewayClasses: make(gatewayResources.gatewayClasses),
    gateways: make(gatewayResources.gateways),
    routes: make(gatewayResources.httpRoutes),
    grants: make(gatewayResources.referenceGrants),
    namespaces: make(resources.namespaces),
    services: make(resources.services),
    endpointSlices: make(resources.endpointSlices),
    pools: make(inferencePoolV1),
    pods: make(resources.pods),
    deployments: make(resources.deployments),
    inferenceServices: make(resources.llmInferenceServices),
  };
}

/** Starts them all; resolves when each has its first list, or with the signal. */
export async function startInformers(informers: Informers, signal: AbortSignal): Promise<void> {
  const all: Informer[] = Object.values(informers);
  for (const informer of all) informer.start(signal);
  await Promise.race([Promise.all(all.map((informer) => informer.waitForSync())), aborted(signal)]);
}

export function takeSnapshot(informers: Informers): RoutingSnapshot {
  const isLive = (object: KubeObject) => object.metadata.deletionTimestamp === undefined;
  return {
    gatewayClasses: informers.gatewayClasses.list(),
    gateways: informers.gateways.list().filter(isLive),
    routes: informers.routes.list().filter(isLive),
    grants: informers.grants.list(),
    findNamespace: (name) => informers.namespaces.get({ namespace: '', name }),
    findService: (key) => informers.services.get(key),
    findPool: (key) => informers.pools.get(key),
  };
}
