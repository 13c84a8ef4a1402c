import { childName, type KubeObject, resources } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes } from '@weir/api/serving';
import type { PolicyRule } from '@weir/api/workloads';
import { inheritedSecrets, pickerAccountOf, pickerAccountSource } from './accounts.ts';
import type { DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels, nameOf, namespaceOf } from './metadata.ts';
import { hasManagedScheduler } from './scheduler.ts';

const inferenceGroups = ['inference.networking.k8s.io', 'inference.networking.x-k8s.io'];
const read = ['get', 'list', 'watch'];

/** What a picker reads, and the lease by which several replicas choose a leader. */
export const schedulerRules: PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: read },
  {
    apiGroups: inferenceGroups,
    resources: ['inferencepools', 'inferenceobjectives', 'inferencemodels'],
    verbs: read,
  },
  {
    apiGroups: ['inference.networking.x-k8s.io'],
    resources: ['inferencemodelrewrites', 'inferencepoolimports'],
    verbs: read,
  },
  { apiGroups: ['llm-d.ai'], resources: ['inferenceobjectives', 'inferencemodelrewrites'], verbs: read },
  { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  },
];

/** The cluster's role for reviews of tokens and of access, which a picker's metrics need. */
export const authDelegatorRole = 'system:auth-delegator';

/** Name of the only cluster-scoped child; it contains namespace and name, so it is unique. */
export function authBindingName(namespace: string, name: string): string {
  return childName(namespace, `-${name}-epp-auth-rb`);
}

/** Identity and rights of the endpoint picker. A ServiceAccount that the user chose gets the rights, and is not made. */
export const schedulerAccess: Part = (input) => {
  const { service, spec } = input;
  const template = spec.router?.scheduler?.template;
  if (template === undefined || !hasManagedScheduler(spec)) return null;
  const labels = componentLabels(service, components.scheduler);
  const namespace = namespaceOf(service);
  const { name: account, isGenerated } = pickerAccountOf(input);
  const role = childOf(service, 'schedulerRole');
  const group = resources.roles.group;
  const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
  return {
    failure: {
      condition: conditionTypes.schedulerWorkloadReady,
      reason: conditionReasons.schedulerReconcileError,
    },
    apply: [
      ...(isGenerated
        ? [{ kind: resources.serviceAccounts, object: pickerAccount(input, account, labels) }]
        : []),
      {
        kind: resources.roles,
        object: {
          apiVersion: `${group}/v1`,
          kind: 'Role',
          metadata: childMetadata(service, role, labels),
          rules: schedulerRules,
        },
      },
      {
        kind: resources.roleBindings,
        object: {
          apiVersion: `${group}/v1`,
          kind: 'RoleBinding',
          metadata: childMetadata(service, childOf(service, 'schedulerRoleBinding'), labels),
          roleRef: { apiGroup: group, kind: 'Role', name: role },
          subjects,
        },
      },
      {
        kind: resources.clusterRoleBindings,
        object: {
          apiVersion: `${group}/v1`,
          kind: 'ClusterRoleBinding',
          // Cluster-scoped objects cannot be owned by namespaced ones: the finalizer removes this one.
          metadata: { name: authBindingName(namespace, nameOf(service)), labels },
          roleRef: { apiGroup: group, kind: 'ClusterRole', name: authDelegatorRole },
          subjects,
        },
      },
    ],
  };
};

/** A tokenizer beside the picker downloads and pulls as the engines do: with their account's secrets, else the default's. */
function pickerAccount(input: DesiredInput, name: string, labels: Record<string, string>): KubeObject {
  const source = pickerAccountSource(input);
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: childMetadata(input.service, name, labels, source?.metadata.annotations),
    ...inheritedSecrets(input, source),
  };
}
