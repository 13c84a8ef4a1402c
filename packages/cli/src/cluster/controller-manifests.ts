import type { KubeObject } from '@weir/api/meta';
import {
  accountName,
  controllerLabels as labels,
  metricsServiceName,
  webhookServiceName,
} from '../roles/controller/names.ts';
import { type ControllerManifestOptions, controllerDeployment, ports } from './controller-deployment.ts';
import { controllerRbac } from './controller-rbac.ts';

/** What a cluster needs to run the controller, besides the CRDs; in an order in which it can be applied. */
export function controllerManifests(options: ControllerManifestOptions): KubeObject[] {
  const { namespace } = options;
  const namespaceObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: accountName, namespace, labels },
  };
  return [
    namespaceObject,
    account,
    ...controllerRbac(namespace),
    service(namespace, webhookServiceName, { name: 'webhooks', port: 443, targetPort: 'webhooks' }),
    service(namespace, metricsServiceName, { name: 'metrics', port: ports.metrics, targetPort: 'metrics' }),
    ...controllerDeployment(options),
  ];
}

function service(namespace: string, name: string, port: object): KubeObject & { spec: object } {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels },
    spec: { selector: labels, ports: [port] },
  };
}
