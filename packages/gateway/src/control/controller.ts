import { boundPortsAnnotation, gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { type Client, delay } from '@weir/kube';
import type { RouteFailures } from '../proxy/route-failures.ts';
import { type CompiledRouting, compileRouting } from '../routing/compile.ts';
import { passed } from '../routing/snapshot.ts';
import { condition } from './conditions.ts';
import { type BoundGateway, computeGatewayStatus } from './gateway-status.ts';
import { type Informers, takeSnapshot } from './informers.ts';
import { boundPort, type ListenAddresses } from './listen-addresses.ts';
import { type PlacedGateway, placeGateways } from './place-gateways.ts';
import type { PoolDirectory } from './pool-directory.ts';
import { computePoolParents, gatewaysOfPools } from './pool-status.ts';
import { type PortBinder, portKey } from './port-binder.ts';
import { computeRouteParents, failedAt } from './route-status.ts';
import { StatusWriter } from './status-writer.ts';

export interface ControllerOptions {
  readonly client: Client;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly informers: Informers;
  readonly binder: PortBinder;
  readonly pools: PoolDirectory;
  readonly routeFailures: RouteFailures;
  readonly controllerName: string;
  readonly defaultGateway: ObjectKey;
  readonly portBase: number;
  readonly addresses: ListenAddresses;
}

/** Changes that arrive within this time are handled together. */
const settleMs = 10;
const retryMs = 1000;

/** Turns the cluster's objects into bound ports with routing tables, and says in statuses what became of them. */
export class GatewayController {
  readonly #options: ControllerOptions;
  readonly #statuses: StatusWriter;
  #isDirty = true;
  #wake: () => void = () => {};

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#statuses = new StatusWriter(options.client, options.log, options.signal);
  }

  /** Something changed that routing or a status depends on. */
  trigger(): void {
    this.#isDirty = true;
    this.#wake();
  }

  async run(): Promise<void> {
    const { signal, log } = this.#options;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      if (!this.#isDirty) await this.#nextTrigger();
      await delay(settleMs, signal);
      if (signal.aborted) return;
      this.#isDirty = false;
      try {
        if (!(await this.syncOnce())) this.#triggerLater();
      } catch (error) {
        log.error('routing cannot be brought up to date', { error: toError(error).message });
        this.#triggerLater();
      }
    }
  }

  /** One pass. False when something must be tried again without a change: a busy port, a status not written. */
  async syncOnce(): Promise<boolean> {
    const { informers, binder, pools, controllerName } = this.#options;
    const compiled = compileRouting(takeSnapshot(informers), controllerName);
    const placed = placeGateways(compiled.gateways, this.#options);
    await pools.sync();
    const failures = await binder.apply(placed.flatMap(({ wanted }) => wanted));
    const isWritten = await this.#writeStatuses(compiled, placed, failures);
    return isWritten && failures.size === 0;
  }

  async #writeStatuses(
    compiled: CompiledRouting,
    placed: readonly PlacedGateway[],
    failures: ReadonlyMap<string, string>,
  ): Promise<boolean> {
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const { controllerName, routeFailures } = this.#options;
    routeFailures.keep(new Set(compiled.routes.map(({ route }) => keyText(keyOf(route)))));
    const results = [
      ...compiled.classes.map((gatewayClass) => {
        const previous = gatewayClass.status?.conditions;
        const context = { previous, generation: gatewayClass.metadata.generation, now };
        const accepted = condition('Accepted', passed('Accepted', 'served by the Weir gateway'), context);
        const others = (previous ?? []).filter(({ type }) => type !== 'Accepted');
        const conditions = [...others, accepted];
        return this.#statuses.write(gatewayResources.gatewayClasses, gatewayClass, { conditions });
      }),
      ...placed.map((gateway) => this.#writeGateway(gateway, failures, now)),
      ...compiled.routes.map((outcome) => {
        const alarm = routeFailures.alarmOf(keyText(keyOf(outcome.route)), failedAt(outcome, controllerName));
        const parents = computeRouteParents(outcome, controllerName, now, alarm);
        if (parents.length === 0 && outcome.route.status?.parents === undefined) return true;
        return this.#statuses.write(gatewayResources.httpRoutes, outcome.route, { parents });
      }),
      ...this.#writePools(compiled, now),
    ];
    return (await Promise.all(results)).every((isWritten) => isWritten);
  }

  async #writeGateway(
    { outcome, address, refused }: PlacedGateway,
    failures: ReadonlyMap<string, string>,
    now: string,
  ): Promise<boolean> {
    const ports: BoundGateway['ports'] = new Map(
      [...outcome.ports.keys()].map((stated) => {
        const port = boundPort(stated, this.#options.portBase);
        return [
          stated,
          { port, error: refused.get(stated) ?? failures.get(portKey({ address, port })) ?? null },
        ];
      }),
    );
    const { status, boundPorts } = computeGatewayStatus(outcome, { address, ports }, now);
    const { gateways } = gatewayResources;
    // The annotation first: who sees Programmed=True may read it.
    const text = JSON.stringify(boundPorts);
    if (!(await this.#statuses.annotate(gateways, outcome.gateway, boundPortsAnnotation, text))) return false;
    return this.#statuses.write(gateways, outcome.gateway, { ...status });
  }

  #writePools(compiled: CompiledRouting, now: string): Promise<boolean>[] {
    const { informers, controllerName } = this.#options;
    const gateways = gatewaysOfPools(compiled.routes);
    return informers.pools.list().map((pool) => {
      const key = keyText({ namespace: pool.metadata.namespace ?? '', name: pool.metadata.name ?? '' });
      const parents = computePoolParents(pool, gateways.get(key) ?? new Set(), {
        controllerName,
        now,
        findService: (service) => informers.services.get(service),
      });
      if (parents.length === 0 && pool.status?.parents === undefined) return Promise.resolve(true);
      return this.#statuses.write(inferencePoolV1, pool, { parents });
    });
  }

  #nextTrigger(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isDirty || this.#options.signal.aborted) resolve();
    });
  }

  #triggerLater(): void {
    setTimeout(() => this.trigger(), retryMs).unref();
  }
}
