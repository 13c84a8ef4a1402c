import { type ResourceKind, resources } from '@weir/api/meta';
import type { PolicyRule } from '@weir/api/workloads';
import { webhookKinds } from '@weir/kube/admission';
import { grantedRules, llmisvcRules, servingWebhooks } from '@weir/llmisvc';
import { leaseName, metricsSecretName, webhookSecretName } from './names.ts';
import { reviewKinds } from './scrape-review.ts';

/** The rights of the controller's account, by where they are valid and why it has them. */
export interface ControllerAccess {
  /** What it does itself, in any namespace. */
  readonly cluster: readonly PolicyRule[];
  /** What it only hands on to the accounts of services. */
  readonly granted: readonly PolicyRule[];
  /** What it does in the system namespace beyond the above. */
  readonly system: readonly PolicyRule[];
}

/** All that `weir controller` asks for. test/e2e/rbac.test.ts holds it against recorded requests. */
export function controllerAccess(systemNamespace: string): ControllerAccess {
  const { set } = servingWebhooks({ systemNamespace, configPrefix: '', defaulting: true });
  const certificates = [webhookSecretName, metricsSecretName];
  return {
    cluster: [
      ...llmisvcRules,
      rule(webhookKinds.validating, ['create', 'list', 'patch', 'watch'], Object.keys(set.validating)),
      // Without a mutating webhook, the one of an earlier run is removed.
      rule(webhookKinds.mutating, ['create', 'delete', 'list', 'patch', 'watch'], Object.keys(set.mutating)),
      rule(resources.customResourceDefinitions, ['get', 'update'], set.conversion.definitions),
      // Versions in which nothing is stored any more.
      rule(resources.customResourceDefinitions, ['patch'], set.conversion.definitions, 'status'),
      rule(reviewKinds.token, ['create']),
      rule(reviewKinds.access, ['create']),
    ],
    granted: grantedRules,
    system: [
      // Names are not known to the server when something is created.
      rule(resources.leases, ['create']),
      rule(resources.leases, ['get', 'update'], [leaseName]),
      rule(resources.secrets, ['create']),
      rule(resources.secrets, ['get', 'update'], certificates),
    ],
  };
}

function rule(
  kind: ResourceKind,
  verbs: string[],
  names?: readonly string[],
  subresource?: string,
): PolicyRule {
  return {
    apiGroups: [kind.group],
    resources: [subresource === undefined ? kind.plural : `${kind.plural}/${subresource}`],
    ...(names === undefined ? {} : { resourceNames: [...names] }),
    verbs,
  };
}
