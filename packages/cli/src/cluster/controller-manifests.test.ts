import { expect, test } from 'vitest';
import { controllerManifests } from './controller-manifests.ts';

const options = { namespace: 'llm', image: 'example/weir:1', replicas: 1 };

test('the manifests of the controller are complete and in an order in which they can be applied', () => {
  const names = controllerManifests(options).map(
    ({ kind, metadata: { namespace = '', name } }) => `${kind} ${namespace}/${name}`,
  );
  expect(names).toEqual([
    'Namespace /llm',
    'ServiceAccount llm/llmisvc-controller-manager',
    'ClusterRole /kserve-llmisvc-manager-role',
    'ClusterRoleBinding /kserve-llmisvc-manager-rolebinding',
    'ClusterRole /kserve-llmisvc-granted-role',
    'ClusterRoleBinding /kserve-llmisvc-granted-rolebinding',
    'Role llm/kserve-llmisvc-system-role',
    'RoleBinding llm/kserve-llmisvc-system-rolebinding',
    'ClusterRole /kserve-llmisvc-metrics-reader-role',
    'Service llm/llmisvc-webhook-server-service',
    'Service llm/llmisvc-controller-manager-service',
    'Deployment llm/llmisvc-controller-manager',
  ]);
});

test('several replicas are spread, and not all drained at once', () => {
  const objects = controllerManifests({ ...options, replicas: 3 });
  expect(objects.slice(-2)).toMatchObject([
    {
      kind: 'Deployment',
      spec: {
        replicas: 3,
        template: { spec: { topologySpreadConstraints: [{ topologyKey: 'kubernetes.io/hostname' }] } },
      },
    },
    { kind: 'PodDisruptionBudget', spec: { maxUnavailable: 1 } },
  ]);
});

test('no right is a wildcard, and only our own definitions and webhooks may be changed', () => {
  const rules = controllerManifests(options).flatMap((object) => ('rules' in object ? object.rules : [])) as {
    apiGroups?: string[];
    resourceNames?: string[];
    verbs: string[];
  }[];
  expect(JSON.stringify(rules)).not.toContain('*');
  const changing = rules.filter(
    ({ apiGroups = [], verbs }) =>
      apiGroups.some((group) => /^(apiextensions|admissionregistration)\.k8s\.io$/.test(group)) &&
      verbs.some((verb) => !['list', 'watch'].includes(verb)),
  );
  expect(changing).toHaveLength(4);
  expect(changing.every(({ resourceNames }) => (resourceNames ?? []).length > 0)).toBe(true);
});
