import { type KubeObject, resources } from '@weir/api/meta';
import { accountName, controllerLabels as labels } from '../roles/controller/names.ts';

export interface ControllerManifestOptions {
  /** The system namespace: of the controller, its presets and settings. */
  readonly namespace: string;
  /** Its entry point is `weir`. */
  readonly image: string;
  readonly replicas: number;
}

export const ports = { webhooks: 9443, metrics: 8443, health: 8081 } as const;

/** The controller's pods; of several replicas one works and the others answer webhooks and wait. */
export function controllerDeployment({
  namespace,
  image,
  replicas,
}: ControllerManifestOptions): KubeObject[] {
  const selector = { matchLabels: labels };
  const metadata = { name: accountName, namespace, labels };
  const spread = {
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: selector,
      },
    ],
  };
  const deployment = {
    apiVersion: `${resources.deployments.group}/v1`,
    kind: resources.deployments.kind,
    metadata,
    spec: {
      replicas,
      selector,
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: accountName,
          // Longer than the controller needs to give back its lease and to end what it works on.
          terminationGracePeriodSeconds: 20,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            runAsGroup: 65_532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          ...(replicas > 1 ? spread : {}),
          containers: [manager(image)],
        },
      },
    },
  };
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector },
  };
  return replicas > 1 ? [deployment, budget] : [deployment];
}

function manager(image: string): object {
  return {
    name: 'manager',
    image,
    args: [
      'controller',
      '--leader-elect',
      `--health-probe-addr=:${ports.health}`,
      `--metrics-addr=:${ports.metrics}`,
      `--webhook-port=${ports.webhooks}`,
    ],
    env: [{ name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
    ports: [
      { name: 'webhooks', containerPort: ports.webhooks },
      { name: 'metrics', containerPort: ports.metrics },
      { name: 'health', containerPort: ports.health },
    ],
    livenessProbe: {
      httpGet: { path: '/healthz', port: 'health' },
      initialDelaySeconds: 10,
      periodSeconds: 20,
    },
    readinessProbe: { httpGet: { path: '/readyz', port: 'health' }, periodSeconds: 5 },
    resources: { requests: { cpu: '100m', memory: '300Mi' }, limits: { memory: '300Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
