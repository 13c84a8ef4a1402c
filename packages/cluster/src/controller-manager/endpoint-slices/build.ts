import { apiVersionOf, resources } from '@weir/api/meta';
import type { Endpoint, EndpointPort, EndpointSlice, Pod, Service, ServicePort } from '@weir/api/workloads';
import { canonicalJson, shortHash } from '@weir/core/hash';
import { controllerReference } from '../ownership.ts';
import { isPodFinished, isPodReady } from '../pod-state.ts';

/** Labels of EndpointSlices, read by every service proxy. */
export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
/** Value of the managed-by label: slices of other managers are left alone. */
export const managerName = 'endpointslice-controller.k8s.io';

const headlessLabel = 'service.kubernetes.io/headless';
const maxEndpointsPerSlice = 100;

/**
 * The slices of a Service for the pods that its selector finds. Pods whose named ports lead to different numbers go
 * into different slices. Names follow from the contents' shape, so that a repetition writes nothing twice.
 */
export function buildEndpointSlices(service: Service, pods: readonly Pod[]): EndpointSlice[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of [...pods].sort(byName)) {
    if (isPodFinished(pod) || !pod.status?.podIP) continue;
    const ports = resolvePorts(service, pod);
    const group = groups.get(canonicalJson(ports)) ?? { ports, endpoints: [] };
    groups.set(canonicalJson(ports), group);
    group.endpoints.push(buildEndpoint(service, pod, pod.status.podIP));
  }
  if (groups.size === 0) groups.set('', { ports: [], endpoints: [] });
  return [...groups.values()].flatMap(({ ports, endpoints }) =>
    chunks(endpoints).map((chunk, index) => buildSlice(service, ports, chunk, index)),
  );
}

function buildSlice(
  service: Service,
  ports: EndpointPort[],
  endpoints: Endpoint[],
  index: number,
): EndpointSlice {
  const { name = '', namespace } = service.metadata;
  return {
    apiVersion: apiVersionOf(resources.endpointSlices),
    kind: 'EndpointSlice',
    metadata: {
      name: `${name.slice(0, 240)}-${shortHash([ports, index])}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...service.metadata.labels,
        [serviceNameLabel]: name,
        [managedByLabel]: managerName,
        ...(service.spec?.clusterIP === 'None' ? { [headlessLabel]: '' } : {}),
      },
      ownerReferences: [controllerReference(resources.services, service)],
    },
    addressType: service.spec?.ipFamilies?.[0] ?? 'IPv4',
    endpoints,
    ports,
  };
}

function buildEndpoint(service: Service, pod: Pod, podIP: string): Endpoint {
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isPodReady(pod);
  const publishes = service.spec?.publishNotReadyAddresses === true;
  const { name = '', namespace = '', uid = '' } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  return {
    addresses: [podIP],
    conditions: {
      ready: publishes || (serving && !isTerminating),
      serving,
      terminating: isTerminating,
    },
    ...(hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** Service ports as this pod serves them; a named port that the pod does not have is left out. */
function resolvePorts(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((servicePort) => {
    const port = targetPortOf(servicePort, pod);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function targetPortOf(servicePort: ServicePort, pod: Pod): number | undefined {
  const { targetPort = servicePort.port, protocol = 'TCP' } = servicePort;
  if (typeof targetPort === 'number') return targetPort === 0 ? servicePort.port : targetPort;
  const sidecars = (pod.spec?.initContainers ?? []).filter((init) => init.restartPolicy === 'Always');
  return [...(pod.spec?.containers ?? []), ...sidecars]
    .flatMap((container) => container.ports ?? [])
    .find((port) => port.name === targetPort && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

function chunks(endpoints: readonly Endpoint[]): Endpoint[][] {
  const result: Endpoint[][] = [];
  for (let i = 0; i < Math.max(1, endpoints.length); i += maxEndpointsPerSlice) {
    result.push(endpoints.slice(i, i + maxEndpointsPerSlice));
  }
  return result;
}

function byName(a: Pod, b: Pod): number {
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
