import { boundPortsAnnotation, type Gateway, type HTTPRoute, type Listener } from '@weir/api/gateway';
import type { Service } from '@weir/api/workloads';
import type { PlatformConfig } from '../config/platform-config.ts';
import type { ComposedStatusInput } from './input.ts';
import { routePaths } from './route-paths.ts';
import { routesOf } from './routing.ts';
import { urlText } from './urls.ts';

/** One way to reach a service from outside its pods. */
export interface DiscoveredUrl {
  readonly url: string;
  readonly host: string;
  readonly path: string;
  readonly gateway: Gateway;
  /** Where the gateway itself listens: `host` may be any name that a user typed. */
  readonly connect: { readonly host: string; readonly port: number };
}

export interface RoutingInput {
  readonly routes: readonly HTTPRoute[];
  readonly gateways: readonly Gateway[];
  readonly gatewayServices: readonly Service[];
  readonly platform: PlatformConfig;
}

export function routingInput({ observed, platform }: ComposedStatusInput): RoutingInput {
  const { gateways, gatewayServices } = observed;
  return { routes: routesOf(observed), gateways, gatewayServices, platform };
}

/** Every URL that the routes of a service have on their gateways, sorted. */
export function discoverUrls(input: RoutingInput): DiscoveredUrl[] {
  const found = new Map<string, DiscoveredUrl>();
  for (const route of input.routes) {
    for (const parent of route.spec.parentRefs ?? []) {
      const namespace = parent.namespace || route.metadata.namespace;
      const gateway = input.gateways.find(
        ({ metadata }) => metadata.name === parent.name && metadata.namespace === namespace,
      );
      if (gateway === undefined) continue;
      const listeners = listenersOf(gateway, parent.sectionName, input.platform.urlScheme);
      for (const one of urlsOf(input, route, gateway, listeners))
        if (!found.has(one.url)) found.set(one.url, one);
    }
  }
  return [...found.values()].sort((a, b) => (a.url < b.url ? -1 : 1));
}

/** The named listener, or all that speak HTTP: first the preferred scheme, then https, then http. */
function listenersOf(gateway: Gateway, sectionName: string | undefined, preferred: string): Listener[] {
  const { listeners } = gateway.spec;
  if (sectionName) return listeners.filter(({ name }) => name === sectionName);
  const rank = (listener: Listener): number => {
    const scheme = schemeOf(listener);
    return scheme === preferred ? 0 : scheme === 'https' ? 1 : 2;
  };
  return listeners
    .filter(({ protocol }) => ['HTTP', 'HTTPS', 'TLS'].includes(protocol))
    .sort((a, b) => rank(a) - rank(b));
}

function urlsOf(
  input: RoutingInput,
  route: HTTPRoute,
  gateway: Gateway,
  listeners: readonly Listener[],
): DiscoveredUrl[] {
  const paths = routePaths(route, input.platform.modelBasedRoutingHeaderName);
  const external = externalEndpoints(input, route, gateway, listeners);
  const internal = internalEndpoints(input, gateway, listeners);
  return [...external, ...internal].flatMap(({ scheme, host, port, connectHost }) =>
    paths.map((path) => ({
      url: urlText(scheme, host, port, path),
      host,
      path,
      gateway,
      connect: { host: connectHost, port },
    })),
  );
}

interface Endpoint {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly connectHost: string;
}

function externalEndpoints(
  { platform }: RoutingInput,
  route: HTTPRoute,
  gateway: Gateway,
  listeners: readonly Listener[],
): Endpoint[] {
  const addresses = (gateway.status?.addresses ?? []).map(({ value }) => value);
  const [first] = addresses;
  if (first === undefined) return [];
  const names = (route.spec.hostnames ?? []).filter((name) => name !== '' && name !== '*');
  return listeners.flatMap((listener) => {
    const own =
      listener.hostname === undefined ? [] : [listenerHost(listener.hostname, platform.wildcardHostname)];
    const hosts = names.length > 0 ? names : own.length > 0 ? own : addresses;
    const port = boundPort(gateway, listener);
    return hosts.map((host) => ({
      scheme: schemeOf(listener),
      host,
      port,
      connectHost: addresses.includes(host) ? host : first,
    }));
  });
}

/** The Service in front of the gateway's own pods, on clusters whose gateways have one. */
function internalEndpoints(
  { gatewayServices, platform }: RoutingInput,
  gateway: Gateway,
  listeners: readonly Listener[],
): Endpoint[] {
  const { name = '', namespace = '' } = gateway.metadata;
  const candidates = gatewayServices.filter(({ metadata }) => metadata.namespace === namespace);
  const labelled = candidates
    .filter(({ metadata }) => metadata.labels?.['gateway.networking.k8s.io/gateway-name'] === name)
    .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const service = labelled[0] ?? candidates.find(({ metadata }) => metadata.name === name);
  if (service === undefined) return [];
  const declared = (service.spec?.ports ?? []).map(({ port }) => port);
  const host = `${service.metadata.name}.${namespace}.svc.${platform.clusterDomain}`;
  const connectHost = clusterAddress(service) ?? host;
  return listeners
    .filter(({ port }) => declared.length === 0 || declared.includes(port))
    .map((listener) => ({ scheme: schemeOf(listener), host, port: listener.port, connectHost }));
}

/** The address of a Service inside the cluster; none for headless ones. */
export function clusterAddress({ spec }: Service): string | undefined {
  return spec?.clusterIP === undefined || ['', 'None'].includes(spec.clusterIP) ? undefined : spec.clusterIP;
}

function schemeOf(listener: Listener): string {
  return listener.protocol === 'HTTP' ? 'http' : 'https';
}

function listenerHost(hostname: string, wildcard: string): string {
  return hostname.startsWith('*.') ? `${wildcard}.${hostname.slice(2)}` : hostname;
}

/** Gateways on this machine cannot always bind the port they are asked for, and say which one they took. */
function boundPort(gateway: Gateway, listener: Listener): number {
  const text = gateway.metadata.annotations?.[boundPortsAnnotation];
  if (text === undefined) return listener.port;
  try {
    const port = (JSON.parse(text) as Record<string, unknown>)[listener.name];
    return typeof port === 'number' ? port : listener.port;
  } catch {
    return listener.port;
  }
}
