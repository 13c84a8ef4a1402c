import type { ResourceKind } from '@weir/api/meta';
import { nameAndAge } from './cells.ts';
import {
  bindingColumns,
  claimColumns,
  configMapColumns,
  definitionColumns,
  eventColumns,
  leaseColumns,
  namespaceColumns,
  nodeColumns,
  roleColumns,
  secretColumns,
  serviceAccountColumns,
  volumeColumns,
  webhookConfigurationColumns,
} from './cluster-columns.ts';
import { podColumns } from './pod-columns.ts';
import type { Column } from './table.ts';
import {
  deploymentColumns,
  endpointSliceColumns,
  replicaSetColumns,
  serviceColumns,
} from './workload-columns.ts';

const table: Readonly<Record<string, readonly Column[]>> = {
  '/configmaps': configMapColumns,
  '/events': eventColumns,
  '/namespaces': namespaceColumns,
  '/nodes': nodeColumns,
  '/persistentvolumeclaims': claimColumns,
  '/persistentvolumes': volumeColumns,
  '/pods': podColumns,
  '/secrets': secretColumns,
  '/serviceaccounts': serviceAccountColumns,
  '/services': serviceColumns,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhookConfigurationColumns,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': webhookConfigurationColumns,
  'apiextensions.k8s.io/customresourcedefinitions': definitionColumns,
  'apps/deployments': deploymentColumns,
  'apps/replicasets': replicaSetColumns,
  'coordination.k8s.io/leases': leaseColumns,
  'discovery.k8s.io/endpointslices': endpointSliceColumns,
  'rbac.authorization.k8s.io/clusterrolebindings': bindingColumns,
  'rbac.authorization.k8s.io/clusterroles': roleColumns,
  'rbac.authorization.k8s.io/rolebindings': bindingColumns,
  'rbac.authorization.k8s.io/roles': roleColumns,
};

/** The columns that kubectl users know from a cluster. */
export function builtinColumns(kind: ResourceKind): readonly Column[] {
  return table[`${kind.group}/${kind.plural}`] ?? nameAndAge;
}
