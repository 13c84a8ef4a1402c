import { setMaxListeners } from 'node:events';
import type { ObjectKey } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import type { Client } from '@weir/kube';
import { type AdminServer, startAdminServer } from './admin.ts';
import { GatewayController } from './control/controller.ts';
import { createInformers, type Informers, startInformers } from './control/informers.ts';
import { defaultListenAddresses, type ListenAddresses } from './control/listen-addresses.ts';
import { explainMissingService } from './control/missing-route.ts';
import { type CreatePicker, PoolDirectory } from './control/pool-directory.ts';
import { PortBinder } from './control/port-binder.ts';
import { ServiceDirectory } from './control/service-directory.ts';
import { Deadlines } from './http/deadlines.ts';
import { defaultLimits, type GatewayLimits } from './http/limits.ts';
import { UpstreamPool } from './http/upstream-pool.ts';
import type { ProxyContext } from './proxy/context.ts';
import { InFlight } from './proxy/in-flight.ts';
import { ProxyMetrics } from './proxy/metrics.ts';
import { RouteFailures } from './proxy/route-failures.ts';

export interface GatewayOptions {
  readonly client: Client;
  readonly log: Logger;
  /** Ends the gateway: no new connections, answers in progress get `drainMs`. */
  readonly signal: AbortSignal;
  /** Listener ports below 1024 are bound at this base plus their number. */
  readonly portBase: number;
  readonly listenAddresses?: ListenAddresses;
  /** Makes the embedded picker of a pool; without it pools follow their failure mode. */
  readonly createPicker?: CreatePicker;
  readonly identity?: { readonly controllerName: string; readonly defaultGateway: ObjectKey };
  readonly limits?: Partial<GatewayLimits>;
  /** Where metrics are registered that `/metrics` shows; share it to add a picker's. */
  readonly registry?: MetricsRegistry;
  /** Loopback port of /metrics and /healthz; 0, the default, takes any. */
  readonly adminPort?: number;
  readonly drainMs?: number;
}

export interface Gateway {
  readonly adminPort: number;
  /** Resolves when everything is closed, after the signal of the options. */
  stopped(): Promise<void>;
}

const defaultIdentity: NonNullable<GatewayOptions['identity']> = {
  controllerName: 'weir.dev/gateway',
  defaultGateway: { namespace: 'kserve', name: 'kserve-ingress-gateway' },
};

/** Starts the data plane for the Gateways of our classes. Resolves when routes known by then are served. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { client, log, signal } = options;
  // Every informer waits on it.
  setMaxListeners(10_000, signal);
  const identity = options.identity ?? defaultIdentity;
  const registry = options.registry ?? new MetricsRegistry();
  const informers = createInformers(client, log);
  let triggerPass = () => {};
  const routeFailures = new RouteFailures(() => triggerPass());
  const parts = { ...createDataPath(options, informers, registry), routeFailures };
  const pools = new PoolDirectory({
    client,
    log,
    signal,
    informers,
    createPicker: options.createPicker ?? null,
    onChange: () => triggerPass(),
  });
  const binder = new PortBinder({ ...parts, findPool: (key) => pools.find(key) });
  const controller = new GatewayController({
    client,
    log,
    signal,
    informers,
    binder,
    pools,
    routeFailures,
    controllerName: identity.controllerName,
    defaultGateway: identity.defaultGateway,
    portBase: options.portBase,
    addresses: options.listenAddresses ?? defaultListenAddresses,
  });
  triggerPass = () => controller.trigger();
  let isReady = false;
  const admin = await startAdminServer({ port: options.adminPort ?? 0, registry, isReady: () => isReady });
  await startInformers(informers, signal);
  await controller.syncOnce();
  isReady = true;
  watchRoutingObjects(informers, () => controller.trigger());
  const running = controller.run();
  return { adminPort: admin.port, stopped: stopAfter(running, { options, parts, binder, pools, admin }) };
}

function createDataPath(
  options: GatewayOptions,
  informers: Informers,
  registry: MetricsRegistry,
): Omit<ProxyContext, 'findPool' | 'routeFailures'> & {
  readonly deadlines: Deadlines;
  readonly upstreams: UpstreamPool;
} {
  const limits = { ...defaultLimits, ...options.limits };
  const services = new ServiceDirectory(informers.services, informers.endpointSlices);
  return {
    limits,
    deadlines: new Deadlines(),
    upstreams: new UpstreamPool(limits.upstreamKeepAliveMs),
    inFlight: new InFlight(),
    metrics: new ProxyMetrics(registry),
    log: options.log,
    serviceEndpoints: (key, port) => services.endpoints(key, port),
    explainMissingRoute: (path) => explainMissingService(informers.inferenceServices, path),
    random: Math.random,
  };
}

/** Endpoints and pods are looked up per request; only what shapes routes, pickers and statuses leads to a new pass. */
function watchRoutingObjects(informers: Informers, trigger: () => void): void {
  informers.gatewayClasses.onChange(trigger);
  informers.gateways.onChange(trigger);
  informers.routes.onChange(trigger);
  informers.grants.onChange(trigger);
  informers.namespaces.onChange(trigger);
  informers.services.onChange(trigger);
  informers.pools.onChange(trigger);
  informers.deployments.onChange(trigger);
}

function stopAfter(
  running: Promise<void>,
  what: {
    readonly options: GatewayOptions;
    readonly parts: { readonly deadlines: Deadlines; readonly upstreams: UpstreamPool };
    readonly binder: PortBinder;
    readonly pools: PoolDirectory;
    readonly admin: AdminServer;
  },
): () => Promise<void> {
  const stopped = running.then(async () => {
    await what.binder.stop(what.options.drainMs ?? 5000);
    what.pools.stop();
    what.parts.upstreams.stop();
    what.parts.deadlines.stop();
    await what.admin.stop();
  });
  return () => stopped;
}
