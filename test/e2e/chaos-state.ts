import { autoscalingResources } from '@weir/api/autoscaling';
import { gatewayResources } from '@weir/api/gateway';
import {
  inferenceObjectives,
  inferenceObjectivesX,
  inferencePoolV1,
  inferencePoolV1alpha2,
} from '@weir/api/inference';
import { type Condition, type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { canonicalJson } from '@weir/core/hash';
import type { Client } from '@weir/kube';

/** Everything that services consist of, and what users write. */
const kinds = [
  servingResources.services,
  servingResources.configs,
  resources.deployments,
  resources.leaderWorkerSets,
  resources.services,
  resources.secrets,
  resources.configMaps,
  resources.serviceAccounts,
  resources.roles,
  resources.roleBindings,
  resources.resourceClaimTemplates,
  gatewayResources.httpRoutes,
  inferencePoolV1,
  inferencePoolV1alpha2,
  inferenceObjectives,
  inferenceObjectivesX,
  autoscalingResources.horizontalPodAutoscalers,
  autoscalingResources.scaledObjects,
] as readonly ResourceKind[];

/** `Kind name` to the object as text, without what differs between any two runs. */
export type State = ReadonlyMap<string, string>;

/** The objects of a namespace, and the cluster-scoped ones that carry its name, which reads `NAMESPACE` in the result. */
export async function stateOf(client: Client, namespace: string): Promise<State> {
  const lists = await Promise.all(
    kinds.map(async (kind) => (await client.list(kind, { namespace })).items.map((item) => ({ kind, item }))),
  );
  const bindings = await client.list(resources.clusterRoleBindings as ResourceKind);
  const own = bindings.items
    .filter(({ metadata }) => metadata.name?.startsWith(`${namespace}-`))
    .map((item) => ({ kind: resources.clusterRoleBindings as ResourceKind, item }));
  const entries = [...lists.flat(), ...own].map(({ kind, item }): [string, string] => [
    `${kind.kind}.${kind.group} ${item.metadata.name}`.replaceAll(namespace, 'NAMESPACE'),
    canonicalJson(normalised(item)).replaceAll(namespace, 'NAMESPACE'),
  ]);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Lines about what one state has and the other has not, or has otherwise. */
export function differences(expected: State, actual: State): string[] {
  const names = [...new Set([...expected.keys(), ...actual.keys()])].sort();
  return names.flatMap((name) => {
    const [wanted, found] = [expected.get(name), actual.get(name)];
    if (wanted === found) return [];
    if (found === undefined) return [`${name} is missing`];
    if (wanted === undefined) return [`${name} must not exist`];
    return [
      `${name} differs:\n  calm:  ${aroundDifference(wanted, found)}\n  chaos: ${aroundDifference(found, wanted)}`,
    ];
  });
}

function normalised({ kind: _kind, apiVersion: _apiVersion, metadata, ...fields }: KubeObject): unknown {
  const {
    uid: _,
    resourceVersion: _version,
    generation,
    creationTimestamp: _created,
    managedFields: _fields,
    ownerReferences,
    ...kept
  } = metadata;
  const owners = ownerReferences?.map(({ uid: _uid, ...owner }) => owner);
  return withoutChance(
    { metadata: { ...kept, annotations: withoutTimes(kept.annotations), owners }, ...fields },
    generation,
  );
}

/** Certificates say when they are due. */
function withoutTimes(annotations: Readonly<Record<string, string>> = {}): object {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [
      key,
      /^\d{4}-\d\d-\d\dT/.test(value) ? 'TIME' : value,
    ]),
  );
}

const chance = new Set([
  'clusterIP',
  'clusterIPs',
  'lastTransitionTime',
  'nodePort',
  'lastUpdateTime',
  'collisionCount',
  // Counts the steps on the way.
  'deployment.kubernetes.io/revision',
  // A digest, of the name of the namespace among others.
  'weir.dev/validated-spec',
]);
const certificates = new Set(['tls.crt', 'tls.key', 'ca.crt']);

function withoutChance(value: unknown, generation: number | undefined): unknown {
  if (typeof value === 'string') return value.replace(/ReplicaSet "[^"]+"/, 'ReplicaSet');
  if (Array.isArray(value)) return value.map((item) => withoutChance(item, generation));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => !chance.has(key) && field !== undefined)
      .map(([key, field]) => {
        if (certificates.has(key)) return [key, 'CERTIFICATE'];
        // Numbers of generations depend on how often an object was written, but not whether the last one was seen.
        if (key === 'observedGeneration') return [key, field === generation];
        if (key === 'conditions' && Array.isArray(field))
          return [key, withoutChance(sorted(field as Condition[]), generation)];
        return [key, withoutChance(field, generation)];
      }),
  );
}

/** Writers add what is new at the end. */
function sorted(conditions: readonly Condition[]): Condition[] {
  return [...conditions].sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** The part of a text where it begins to differ from another. */
export function aroundDifference(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return one.slice(Math.max(0, at - 120), at + 200);
}
