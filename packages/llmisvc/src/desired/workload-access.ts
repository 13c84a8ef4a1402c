import { resources } from '@weir/api/meta';
import { components, conditionReasons, nameLabel, partOf, partOfLabel } from '@weir/api/serving';
import type { PolicyRule, Role, RoleBinding } from '@weir/api/workloads';
import { hasRoutingSidecar, inheritedSecrets, podAccount } from './accounts.ts';
import type { DesiredChild, DesiredInput, Part } from './input.ts';
import { childMetadata, childOf, componentLabels, nameOf, namespaceOf } from './metadata.ts';
import { type Workload, workloadsOf } from './topology.ts';

/** What the routing sidecar reads to know which pods it may send prefill requests to. */
export const sidecarRules: PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  {
    apiGroups: ['inference.networking.x-k8s.io', 'inference.networking.k8s.io'],
    resources: ['inferencepools'],
    verbs: ['get', 'list', 'watch'],
  },
];

/** Accounts of the engine pods that need one of their own, and the rights of routing sidecars. */
export const workloadAccess: Part = (input) => {
  const workloads = workloadsOf(input.service, input.spec);
  const [main] = workloads;
  const apply = [
    ...workloads.flatMap((workload) => account(input, workload)),
    ...(needsRights(main) ? rights(input, main) : []),
  ];
  if (apply.length === 0) return null;
  return {
    failure: { condition: main.condition, reason: conditionReasons.reconcileWorkloadPermissionsError },
    apply,
  };
};

function needsRights({ spec }: Workload): boolean {
  return hasRoutingSidecar(spec.template) || hasRoutingSidecar(spec.worker);
}

function account(input: DesiredInput, workload: Workload): DesiredChild[] {
  const { service } = input;
  const { name, isGenerated } = podAccount(service, workload);
  if (name === undefined || !isGenerated) return [];
  const labels = workload.isMultiNode
    ? { [nameLabel]: nameOf(service), [partOfLabel]: partOf }
    : componentLabels(service, components.workload);
  const object = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: childMetadata(service, name, labels),
    ...inheritedSecrets(input),
  };
  return [{ kind: resources.serviceAccounts, object }];
}

function rights({ service }: DesiredInput, main: Workload): DesiredChild[] {
  const { group } = resources.roles;
  const labels = componentLabels(service, components.workload);
  const role = childOf(service, main.isMultiNode ? 'multiNodeRole' : 'workloadRole');
  const binding = childOf(service, main.isMultiNode ? 'multiNodeRoleBinding' : 'workloadRoleBinding');
  const { name = 'default' } = podAccount(service, main);
  const roleObject: Role = {
    apiVersion: `${group}/v1`,
    kind: 'Role',
    metadata: childMetadata(service, role, labels),
    rules: sidecarRules,
  };
  const bindingObject: RoleBinding = {
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata: childMetadata(service, binding, labels),
    roleRef: { apiGroup: group, kind: 'Role', name: role },
    subjects: [{ kind: 'ServiceAccount', name, namespace: namespaceOf(service) }],
  };
  return [
    { kind: resources.roles, object: roleObject },
    { kind: resources.roleBindings, object: bindingObject },
  ];
}
