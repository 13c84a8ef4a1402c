import { BlockList, isIPv4 } from 'node:net';
import { keyOf, keyText, resources } from '@weir/api/meta';
import type { EndpointSlice, Service } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { aborted, type Client, Controller, EventRecorder, Informer } from '@weir/kube';
import { computeRules, type ProxyRule, serviceNameLabel } from './endpoints.ts';
import { PortProxy } from './port-proxy.ts';

export interface ServiceProxyOptions {
  readonly client: Client;
  readonly log: Logger;
  /** IPv4 range of the cluster addresses that are local to this machine; default 127.0.0.0/8. */
  readonly serviceCidr?: string;
  /** Closes all listeners and connections. */
  readonly signal: AbortSignal;
}

export interface ServiceProxy {
  /** Resolves when everything is closed after the signal fired. */
  stopped(): Promise<void>;
}

const retryMs = 5000;
const byService = 'service';

/**
 * Listens on the cluster address of every Service (an address of this machine) and forwards TCP connections to ready
 * endpoints. Resolves when the Services that exist are being listened for.
 */
export async function startServiceProxy(options: ServiceProxyOptions): Promise<ServiceProxy> {
  const { client, signal } = options;
  const log = options.log.child({ component: 'service-proxy' });
  const events = new EventRecorder({ client, component: 'service-proxy', log });
  const services = new Informer({ client, kind: resources.services, log });
  const slices = new Informer({ client, kind: resources.endpointSlices, log });
  slices.addIndex(byService, (slice) => serviceOf(slice) ?? []);
  const isOurs = addressesOf(options.serviceCidr ?? '127.0.0.0/8');
  const listeners = new Listeners(log);
  const noticed = new Notices();

  const controller = new Controller({
    name: 'service-proxy',
    log,
    reconcile: async (key) => {
      const service = services.get(key);
      if (service === undefined) {
        await listeners.apply(keyText(key), []);
        return undefined;
      }
      for (const message of noticed.firstTime(service.metadata.uid, unservedParts(service)))
        await events.record(service, 'Warning', 'NotServed', message);
      const failures = await listeners.apply(
        keyText(key),
        // Without endpoints nothing listens, so that clients are refused at once.
        computeRules(service, slices.byIndex(byService, keyText(key)), isOurs).filter(
          ({ backends }) => backends.length > 0,
        ),
      );
      for (const message of failures) await events.record(service, 'Warning', 'FailedToListen', message);
      return failures.length === 0 ? undefined : { requeueAfterMs: retryMs };
    },
  })
    .for(services)
    .watches(slices, ({ object }) => {
      const name = object.metadata.labels?.[serviceNameLabel];
      return name === undefined ? [] : [{ namespace: object.metadata.namespace ?? '', name }];
    });
  await Promise.race([controller.start(signal), aborted(signal)]);
  const stopped = aborted(signal).then(async () => {
    await controller.stopped();
    await listeners.closeAll();
  });
  return { stopped: () => stopped };
}

function addressesOf(cidr: string): (address: string) => boolean {
  const [network = '', prefix] = cidr.split('/', 2);
  const list = new BlockList();
  list.addSubnet(network, Number(prefix));
  return (address) => isIPv4(address) && list.check(address);
}

/** The open listeners, by owner: a Service never disturbs another one's. */
class Listeners {
  readonly #log: Logger;
  readonly #open = new Map<string, { readonly owner: string; readonly proxy: PortProxy }>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Makes the owner's listeners match the rules; returns what could not be listened on, as texts for its owner. */
  async apply(owner: string, rules: readonly ProxyRule[]): Promise<string[]> {
    const wanted = new Set(rules.map(({ key }) => key));
    for (const [key, { owner: holder, proxy }] of this.#open) {
      if (holder !== owner || wanted.has(key)) continue;
      this.#open.delete(key);
      await proxy.close({ cut: false });
    }
    const failures: string[] = [];
    for (const rule of rules) {
      const failure = await this.#ensure(owner, rule);
      if (failure !== undefined) failures.push(failure);
    }
    return failures;
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ proxy }) => proxy.close({ cut: true })));
    this.#open.clear();
  }

  async #ensure(owner: string, { key, address, port, backends }: ProxyRule): Promise<string | undefined> {
    const existing = this.#open.get(key);
    if (existing !== undefined && existing.owner !== owner)
      return `${key} is already used by Service ${existing.owner}`;
    try {
      const proxy = existing?.proxy ?? (await PortProxy.listen(address, port));
      proxy.setBackends(backends);
      this.#open.set(key, { owner, proxy });
      return undefined;
    } catch (error) {
      this.#log.warn('service address not available', {
        service: owner,
        address: key,
        error: toError(error).message,
      });
      return `cannot listen on ${key}: ${toError(error).message} — end the program that uses it or change the Service's port`;
    }
  }
}

/** Remembers what was said about an object, so that it is said once. */
class Notices {
  readonly #said = new Set<string>();

  firstTime(uid: string | undefined, messages: readonly string[]): string[] {
    const fresh = messages.filter((message) => !this.#said.has(`${uid} ${message}`));
    for (const message of fresh) this.#said.add(`${uid} ${message}`);
    return fresh;
  }
}

function serviceOf(slice: EndpointSlice): string[] | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name === undefined ? undefined : [keyText({ ...keyOf(slice), name })];
}

/** What a Service asks for and does not get from this proxy. Pure. */
function unservedParts({ spec }: Service): string[] {
  return [
    ...(spec?.sessionAffinity === 'ClientIP'
      ? ['sessionAffinity ClientIP has no effect: all clients of this machine share one address']
      : []),
    ...(spec?.type === 'NodePort' || spec?.type === 'LoadBalancer'
      ? [`type ${spec.type} is served at the cluster address only — use a Gateway for access from outside`]
      : []),
    ...(spec?.ports ?? [])
      .filter(({ protocol = 'TCP' }) => protocol !== 'TCP')
      .map(({ port, protocol }) => `port ${port}/${protocol} is not served: only TCP is`),
  ];
}
