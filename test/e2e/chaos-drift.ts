import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources } from '@weir/api/gateway';
import { inferenceObjectivesX, inferencePoolV1 } from '@weir/api/inference';
import { keyOf, type ObjectKey, type ResourceKind, resources } from '@weir/api/meta';
import { type Client, isKubeError } from '@weir/kube';
import type { Operation } from './chaos-operations.ts';

/** Fields that the controller wants otherwise, and repairs. What others may add to an object is not among them. */
const spoilt: readonly (readonly [ResourceKind, object])[] = [
  [
    resources.deployments as ResourceKind,
    { spec: { template: { spec: { containers: [{ name: 'drifted', image: 'drifted' }] } } } },
  ],
  [resources.leaderWorkerSets as ResourceKind, { spec: { leaderWorkerTemplate: { size: 9 } } }],
  [resources.services as ResourceKind, { spec: { ports: [{ name: 'drifted', port: 1 }] } }],
  [resources.roles as ResourceKind, { rules: [] }],
  [resources.roleBindings as ResourceKind, { subjects: [] }],
  [
    gatewayResources.httpRoutes as ResourceKind,
    { spec: { rules: [{ backendRefs: [{ name: 'drifted', port: 1 }] }] } },
  ],
  [inferencePoolV1 as ResourceKind, { spec: { targetPorts: [{ number: 1 }] } }],
  [inferenceObjectivesX as ResourceKind, { spec: { priority: 77 } }],
  [autoscalingResources.horizontalPodAutoscalers as ResourceKind, { spec: { maxReplicas: 99 } }],
  [autoscalingResources.scaledObjects as ResourceKind, { spec: { maxReplicaCount: 99 } }],
  // Only their labels are worth an edit.
  [resources.serviceAccounts as ResourceKind, {}],
  [resources.secrets as ResourceKind, {}],
];

const nameLabel = 'app.kubernetes.io/name';

/** Does to one of the children of a service what people do by hand. */
export async function drift(
  client: Client,
  { namespace = '', name }: ObjectKey,
  { change, dice }: Extract<Operation, { type: 'drift' }>,
): Promise<void> {
  const labelSelector = `app.kubernetes.io/part-of=llminferenceservice,${nameLabel}=${name}`;
  const lists = await Promise.all(
    spoilt.map(async ([kind, edit]) => {
      const { items } = await client.list(kind, { namespace, labelSelector });
      return items.map((object) => ({ kind, edit, key: keyOf(object) }));
    }),
  );
  const children = lists.flat();
  const chosen = children[Math.floor(dice * children.length)];
  if (chosen === undefined) return;
  const { kind, key, edit } = chosen;
  if (change === 'delete') return client.delete(kind, key, { propagationPolicy: 'Background' });
  const patch = change === 'edit' ? edit : { metadata: { labels: { [nameLabel]: 'drifted' } } };
  try {
    await client.patch(kind, key, patch);
  } catch (error) {
    // It went meanwhile, or the server knows better.
    if (!isKubeError(error, 'NotFound', 'Invalid')) throw error;
  }
}
