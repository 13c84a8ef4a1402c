import { type KubeObject, resources } from '@weir/api/meta';
import type { PolicyRule } from '@weir/api/workloads';
import { controllerAccess } from '../roles/controller/access.ts';
import { accountName, controllerLabels as labels } from '../roles/controller/names.ts';

const group = resources.clusterRoles.group;
const apiVersion = `${group}/v1`;

/** The rights of the controller's account, and a role for those who read its metrics. */
export function controllerRbac(namespace: string): KubeObject[] {
  const access = controllerAccess(namespace);
  return [
    ...granted({ name: 'kserve-llmisvc-manager', namespace }, 'Cluster', access.cluster),
    // A server lets an account give to others only what it has itself.
    ...granted({ name: 'kserve-llmisvc-granted', namespace }, 'Cluster', access.granted),
    ...granted({ name: 'kserve-llmisvc-system', namespace }, '', access.system),
    role({ name: 'kserve-llmisvc-metrics-reader' }, 'Cluster', [
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ]),
  ];
}

type Scope = 'Cluster' | '';

function granted(
  { name, namespace }: { readonly name: string; readonly namespace: string },
  scope: Scope,
  rules: readonly PolicyRule[],
): KubeObject[] {
  const where = scope === 'Cluster' ? {} : { namespace };
  const binding = {
    apiVersion,
    kind: `${scope}RoleBinding`,
    metadata: { name: `${name}-rolebinding`, ...where, labels },
    roleRef: { apiGroup: group, kind: `${scope}Role`, name: `${name}-role` },
    subjects: [{ kind: 'ServiceAccount', name: accountName, namespace }],
  };
  return [role({ name, ...where }, scope, rules), binding];
}

function role(
  { name, ...where }: { readonly name: string; readonly namespace?: string },
  scope: Scope,
  rules: readonly PolicyRule[],
): KubeObject & { rules: readonly PolicyRule[] } {
  return {
    apiVersion,
    kind: `${scope}Role`,
    metadata: { name: `${name}-role`, ...where, labels },
    rules,
  };
}
