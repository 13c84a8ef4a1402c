import type { EndpointSlice, Service } from '@weir/api/workloads';
import type { Store } from '../../store/store.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a Service can be reached right now; throws what the caller of a webhook shows. */
export type ResolveService = (namespace: string, name: string, port: number) => Address;

const serviceLabel = 'kubernetes.io/service-name';
const servedTypes: readonly string[] = ['ClusterIP', 'LoadBalancer', 'NodePort'];

/** A ready endpoint behind a port of a Service: nothing has to route its ClusterIP. */
export function serviceResolver(store: Store): ResolveService {
  return (namespace, name, port) => {
    const service = store.get('/services', `${namespace}/${name}`) as Service | undefined;
    if (service === undefined) throw new Error(`service "${name}" not found`);
    const { type = 'ClusterIP', ports = [] } = service.spec ?? {};
    if (!servedTypes.includes(type)) throw new Error(`unsupported service type "${type}"`);
    const wanted = ports.find((one) => one.port === port);
    if (wanted === undefined) throw new Error(`no service port ${port} found for service "${name}"`);
    const slices = store.list('discovery.k8s.io/endpointslices', namespace) as EndpointSlice[];
    const addresses = slices
      .filter(({ metadata }) => metadata.labels?.[serviceLabel] === name)
      .flatMap((slice) => readyAddresses(slice, wanted.name ?? ''));
    const chosen = addresses[Math.floor(Math.random() * addresses.length)];
    if (chosen === undefined) throw new Error(`no endpoints available for service "${name}"`);
    return chosen;
  };
}

function readyAddresses(slice: EndpointSlice, portName: string): Address[] {
  const port = (slice.ports ?? []).find((one) => (one.name ?? '') === portName)?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses: [host] }) => (host === undefined ? [] : [{ host, port }]));
}
