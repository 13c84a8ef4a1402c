import type { Store } from '../../store/store.ts';
import { autoscalerStrategy } from './autoscaler.ts';
import { ClusterIps } from './cluster-ips.ts';
import { customResourceDefinitionStrategy } from './custom-resource-definition.ts';
import { endpointSliceStrategy } from './endpoint-slice.ts';
import { eventStrategy } from './event.ts';
import { ingressStrategy } from './ingress.ts';
import { namespaceStrategy } from './namespace.ts';
import { nodeStrategy } from './node.ts';
import { podStrategy } from './pod.ts';
import { resourceClaimTemplateStrategy } from './resource-claim-template.ts';
import { roleBindingStrategy } from './role-binding.ts';
import { secretStrategy } from './secret.ts';
import { serviceStrategy } from './service.ts';
import type { Strategies, Strategy } from './strategy.ts';
import { persistentVolumeClaimStrategy, persistentVolumeStrategy } from './volumes.ts';
import { webhookConfigurationStrategy } from './webhook-configuration.ts';
import { deploymentStrategy, replicaSetStrategy } from './workloads.ts';

const plain: Strategy = {};

/** The rules of every built-in kind; kinds without an entry have none beyond their schema. */
export function createStrategies(store: Store, serviceCidr: string): Strategies {
  const table: Readonly<Record<string, Strategy>> = {
    '/events': eventStrategy,
    '/namespaces': namespaceStrategy,
    '/nodes': nodeStrategy,
    '/persistentvolumeclaims': persistentVolumeClaimStrategy,
    '/persistentvolumes': persistentVolumeStrategy,
    '/pods': podStrategy,
    '/secrets': secretStrategy,
    '/services': serviceStrategy(new ClusterIps(serviceCidr, store)),
    'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhookConfigurationStrategy(true),
    'admissionregistration.k8s.io/validatingwebhookconfigurations': webhookConfigurationStrategy(false),
    'apiextensions.k8s.io/customresourcedefinitions': customResourceDefinitionStrategy,
    'apps/deployments': deploymentStrategy,
    'apps/replicasets': replicaSetStrategy,
    'autoscaling/horizontalpodautoscalers': autoscalerStrategy,
    'discovery.k8s.io/endpointslices': endpointSliceStrategy,
    'networking.k8s.io/ingresses': ingressStrategy,
    'rbac.authorization.k8s.io/clusterrolebindings': roleBindingStrategy,
    'rbac.authorization.k8s.io/rolebindings': roleBindingStrategy,
    'resource.k8s.io/resourceclaimtemplates': resourceClaimTemplateStrategy,
  };
  return (kind) => table[`${kind.group}/${kind.plural}`] ?? plain;
}
