import { resources } from '@weir/api/meta';
import type {
  Deployment,
  EndpointSlice,
  Namespace,
  Node,
  Pod,
  ReplicaSet,
  Service,
} from '@weir/api/workloads';
import type { Logger } from '@weir/core/log';
import { type Client, Informer } from '@weir/kube';
import { controllerOf } from './ownership.ts';

/** One watch per kind, whoever reads it. */
export interface SharedInformers {
  readonly namespaces: Informer<Namespace>;
  readonly nodes: Informer<Node>;
  readonly pods: Informer<Pod>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly deployments: Informer<Deployment>;
  readonly services: Informer<Service>;
  readonly endpointSlices: Informer<EndpointSlice>;
}

/** Index of pods and ReplicaSets by the uid of their controller; those without one are under ''. */
export const byController = 'controller';

export function createSharedInformers(client: Client, log: Logger): SharedInformers {
  const pods = new Informer<Pod>({ client, log, kind: resources.pods });
  const replicaSets = new Informer<ReplicaSet>({ client, log, kind: resources.replicaSets });
  for (const informer of [pods, replicaSets]) {
    informer.addIndex(byController, (object) => [controllerOf(object)?.uid ?? '']);
  }
  return {
    pods,
    replicaSets,
    namespaces: new Informer({ client, log, kind: resources.namespaces }),
    nodes: new Informer({ client, log, kind: resources.nodes }),
    deployments: new Informer({ client, log, kind: resources.deployments }),
    services: new Informer({ client, log, kind: resources.services }),
    endpointSlices: new Informer({ client, log, kind: resources.endpointSlices }),
  };
}
