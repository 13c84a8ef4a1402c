import type { EndpointSlice, Service, ServicePort } from '@weir/api/workloads';

export interface Backend {
  readonly address: string;
  readonly port: number;
}

/** What has to listen for a Service: one entry for each TCP port of its cluster address. */
export interface ProxyRule {
  /** `address:port`, unique on the machine. */
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly backends: readonly Backend[];
}

export const serviceNameLabel = 'kubernetes.io/service-name';

/** The rules of one Service with its slices. Pure; none for headless Services and for addresses that are not ours. */
export function computeRules(
  service: Service,
  slices: readonly EndpointSlice[],
  isOurs: (address: string) => boolean,
): ProxyRule[] {
  const address = service.spec?.clusterIP ?? '';
  if (!isOurs(address)) return [];
  return (service.spec?.ports ?? [])
    .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
    .map((port) => ({
      key: `${address}:${port.port}`,
      address,
      port: port.port,
      backends: backendsOf(port, slices),
    }));
}

/** Ready endpoints of the port; where there are none, those that still serve while they end. */
function backendsOf(servicePort: ServicePort, slices: readonly EndpointSlice[]): Backend[] {
  const all = slices
    .filter(({ addressType }) => addressType === 'IPv4')
    .flatMap((slice) => {
      const port = slice.ports?.find(({ name = '' }) => name === (servicePort.name ?? ''))?.port;
      return port === undefined ? [] : (slice.endpoints ?? []).map((endpoint) => ({ endpoint, port }));
    });
  const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready !== false);
  const serving = all.filter(({ endpoint }) => endpoint.conditions?.serving === true);
  const backends = (ready.length > 0 ? ready : serving).flatMap(({ endpoint, port }) =>
    endpoint.addresses.slice(0, 1).map((address) => ({ address, port })),
  );
  return backends.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port));
}
