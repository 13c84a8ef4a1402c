import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { type KubeObject, type ObjectMeta, type ResourceKind, resources } from '@weir/api/meta';
import type { Client } from '@weir/kube';
import { namespace } from './controller-faults-cluster.ts';

/** One of each kind, some of nobody and some of somebody else. */
export function foreignChildren(theirs: Partial<ObjectMeta>): readonly [ResourceKind, KubeObject][] {
  const bindingName = `${namespace}-bound-epp-auth-rb`;
  const rbac = 'rbac.authorization.k8s.io';
  return [
    [
      resources.secrets as ResourceKind,
      foreignObject('v1', 'Secret', 'sealed-kserve-self-signed-certs', { stringData: { mine: 'yes' } }),
    ],
    [resources.serviceAccounts as ResourceKind, foreignObject('v1', 'ServiceAccount', 'taken-epp-sa')],
    [
      gatewayResources.httpRoutes as ResourceKind,
      foreignObject('gateway.networking.k8s.io/v1', 'HTTPRoute', 'taken-kserve-route', { spec: {} }),
    ],
    [
      inferencePoolV1 as ResourceKind,
      foreignObject(
        'inference.networking.k8s.io/v1',
        'InferencePool',
        'taken-inference-pool',
        {
          spec: {
            selector: { matchLabels: { a: 'b' } },
            targetPorts: [{ number: 1 }],
            endpointPickerRef: { name: 'x', port: { number: 1 } },
          },
        },
        theirs,
      ),
    ],
    [
      resources.clusterRoleBindings as ResourceKind,
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: bindingName },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
      } as KubeObject,
    ],
    [resources.deployments as ResourceKind, foreignDeployment('taken-too-kserve', theirs)],
    [
      resources.services as ResourceKind,
      foreignObject('v1', 'Service', 'taken-kserve-workload-svc', { spec: { ports: [{ port: 1 }] } }),
    ],
  ];
}

export function ownedBy({ metadata }: KubeObject): Partial<ObjectMeta> {
  const { name = '', uid = '' } = metadata;
  return { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, controller: true }] };
}

export function foreignObject(
  apiVersion: string,
  kind: string,
  name: string,
  fields: object = {},
  metadata: Partial<ObjectMeta> = {},
): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace, ...metadata }, ...fields };
}

function foreignDeployment(name: string, metadata: Partial<ObjectMeta>): KubeObject {
  const labels = { app: 'theirs' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'theirs' }] } };
  return foreignObject(
    'apps/v1',
    'Deployment',
    name,
    { spec: { selector: { matchLabels: labels }, template } },
    metadata,
  );
}

const namespacedKinds = [
  resources.deployments,
  resources.services,
  resources.serviceAccounts,
  resources.roles,
  resources.roleBindings,
  gatewayResources.httpRoutes,
  inferencePoolV1,
] as readonly ResourceKind[];

/** Copies the children of a service under the names that another one will want, without a word about whose they are. */
export async function likenesses(
  client: Client,
  pattern: string,
  name: string,
): Promise<readonly [ResourceKind, KubeObject][]> {
  const copies: [ResourceKind, KubeObject][] = [];
  for (const kind of namespacedKinds) {
    const { items } = await client.list(kind, {
      namespace,
      labelSelector: `app.kubernetes.io/name=${pattern}`,
    });
    for (const item of items) {
      const { metadata, status: _status, ...fields } = item as KubeObject & { status?: unknown };
      const text = JSON.stringify({ ...fields, metadata: { name: metadata.name, namespace } });
      const copy = JSON.parse(text.replaceAll(pattern, name)) as KubeObject & { spec?: object };
      // Addresses are given once.
      if (kind === (resources.services as ResourceKind)) {
        const { clusterIP: _ip, clusterIPs: _ips, ...spec } = copy.spec as Record<string, unknown>;
        copy.spec = spec;
      }
      copies.push([kind, await client.create(kind, copy)]);
    }
  }
  return copies;
}
