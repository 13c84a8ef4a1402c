import { keyText, type ObjectKey } from '@weir/api/meta';
import type { EndpointSlice, Service } from '@weir/api/workloads';
import type { Informer } from '@weir/kube';
import type { Endpoint } from '../proxy/context.ts';

const serviceNameLabel = 'kubernetes.io/service-name';

/** Ready endpoints by Service and port, from EndpointSlices; computed once per change. */
export class ServiceDirectory {
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #endpoints = new Map<string, Map<number, readonly Endpoint[]>>();

  constructor(services: Informer<Service>, slices: Informer<EndpointSlice>) {
    this.#services = services;
    this.#slices = slices;
    slices.addIndex('service', (slice) => {
      const name = slice.metadata.labels?.[serviceNameLabel];
      return name === undefined ? [] : [`${slice.metadata.namespace}/${name}`];
    });
    slices.onChange(({ object }) => {
      this.#endpoints.delete(`${object.metadata.namespace}/${object.metadata.labels?.[serviceNameLabel]}`);
    });
    services.onChange(({ object }) => {
      this.#endpoints.delete(`${object.metadata.namespace}/${object.metadata.name}`);
    });
  }

  endpoints(key: ObjectKey, port: number): readonly Endpoint[] {
    const name = keyText(key);
    let byPort = this.#endpoints.get(name);
    if (byPort === undefined) {
      byPort = new Map();
      this.#endpoints.set(name, byPort);
    }
    let endpoints = byPort.get(port);
    if (endpoints === undefined) {
      endpoints = readyEndpoints(this.#services.get(key), this.#slices.byIndex('service', name), port);
      byPort.set(port, endpoints);
    }
    return endpoints;
  }
}

/** A Service's port is found in its slices by the port's name, as kube-proxy does. Pure. */
export function readyEndpoints(
  service: Service | undefined,
  slices: readonly EndpointSlice[],
  port: number,
): readonly Endpoint[] {
  const servicePort = service?.spec?.ports?.find((candidate) => candidate.port === port);
  if (servicePort === undefined) return [];
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    const target = slice.ports?.find(({ name }) => (name ?? '') === (servicePort.name ?? ''))?.port;
    if (target === undefined) continue;
    for (const { addresses, conditions, targetRef } of slice.endpoints ?? []) {
      const ip = addresses[0];
      if (ip === undefined || conditions?.ready === false || conditions?.terminating === true) continue;
      const address = ip.includes(':') ? `[${ip}]:${target}` : `${ip}:${target}`;
      found.set(address, { address, podName: targetRef?.kind === 'Pod' ? (targetRef.name ?? null) : null });
    }
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}
