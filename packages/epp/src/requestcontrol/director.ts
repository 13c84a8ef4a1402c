import { toError, WeirError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { destinationEndpointHeader, internalRoutingHeaders, requestIdHeader } from '@weir/wire/headers';
import type { LiveConfig } from '../config/instantiate.ts';
import type { Datastore } from '../datastore/datastore.ts';
import { RequestData } from '../framework/data-key.ts';
import type { Endpoint } from '../framework/endpoint.ts';
import { eppErrors } from '../framework/errors.ts';
import type { SchedulingResult } from '../framework/pre-request.ts';
import type { InferenceRequest } from '../framework/request.ts';
import type { EndCause } from '../framework/response.ts';
import type { Decision, PickedDecision, RequestContext, Target } from '../handlers/picker.ts';
import type { EppMetrics } from '../metrics/epp-metrics.ts';
import type { Schedule } from '../scheduling/scheduler.ts';
import { selectCandidates } from './candidates.ts';
import { ParserTable } from './parser-table.ts';
import { toRejection } from './rejection.ts';

export interface DirectorOptions {
  readonly config: LiveConfig;
  readonly datastore: Datastore;
  readonly metrics: EppMetrics;
  readonly log: Logger;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** A request between its decision and its end. */
interface Running {
  readonly request: InferenceRequest;
  readonly config: LiveConfig;
  readonly startedAtMs: number;
  target: Endpoint;
}

/** Takes a request from its body to the endpoint that serves it, and follows it to its end. */
export class Director {
  readonly #datastore: Datastore;
  readonly #metrics: EppMetrics;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #running = new Map<PickedDecision, Running>();
  #config: LiveConfig;
  #parsers: ParserTable;

  constructor(options: DirectorOptions) {
    this.#config = options.config;
    this.#parsers = new ParserTable(options.config.parsers);
    this.#datastore = options.datastore;
    this.#metrics = options.metrics;
    this.#log = options.log;
    this.#now = options.now;
  }

  /** Requests decided and not ended. */
  get running(): number {
    return this.#running.size;
  }

  /** Requests decided from now on follow the new configuration; those under way end with the old one. */
  reconfigure(config: LiveConfig): void {
    this.#config = config;
    this.#parsers = new ParserTable(config.parsers);
  }

  endpointRemoved(endpoint: Endpoint): void {
    for (const plugin of this.#config.observers) plugin.onEndpointRemoved(endpoint);
  }

  /** Never throws. */
  decide(context: RequestContext): Decision {
    const startedAtMs = this.#now();
    let model = '';
    try {
      const request = this.#parse(context);
      model = request.model;
      const candidates = this.#candidates(context);
      this.#produce(request, candidates);
      const schedule = this.#schedule(request, candidates, context.explain === true);
      const decision = this.#accept(context, request, schedule, startedAtMs);
      this.#metrics.requestReceived(decision.model, decision.targetModel, context.body.length);
      return decision;
    } catch (error) {
      return this.#reject(context, model, toError(error));
    } finally {
      this.#metrics.requestProcessingDuration.observe((this.#now() - startedAtMs) / 1000);
    }
  }

  retarget(decision: PickedDecision, address: string): void {
    const running = this.#running.get(decision);
    const to = this.#datastore.byAddress(address);
    if (running === undefined || to === undefined || to === running.target) return;
    const from = running.target;
    running.target = to;
    for (const plugin of running.config.retargets) plugin.onRetarget(running.request, from, to);
  }

  responseReceived(decision: PickedDecision, status: number): void {
    if (status < 400) return;
    this.#metrics.requestFailed(decision.model, decision.targetModel, 'ModelServerError');
  }

  end(decision: PickedDecision, cause: EndCause): void {
    const running = this.#running.get(decision);
    if (running === undefined) return;
    this.#running.delete(decision);
    for (const plugin of running.config.ends) plugin.onEnd(running.request, running.target, cause);
    const seconds = (this.#now() - running.startedAtMs) / 1000;
    this.#metrics.requestEnded(decision.model, decision.targetModel, seconds);
  }

  #parse(context: RequestContext): InferenceRequest {
    const path = pathOf(context.path);
    const isEmpty = context.body.length === 0 && context.method === 'GET';
    const parsed = isEmpty
      ? ({ model: '', isStreaming: false, body: { type: 'raw' } } as const)
      : this.#parsers.parse(path, context.body);
    return {
      id: context.requestId,
      path,
      headers: context.headers,
      model: parsed.model,
      targetModel: parsed.model,
      isStreaming: parsed.isStreaming,
      body: parsed.body,
      data: new RequestData(),
    };
  }

  #candidates(context: RequestContext): readonly Endpoint[] {
    const candidates = selectCandidates(this.#datastore.endpoints, context.subset);
    if (candidates.length === 0) throw eppErrors.NO_CANDIDATES();
    return candidates;
  }

  /** A producer that fails costs its data, not the request. */
  #produce(request: InferenceRequest, candidates: readonly Endpoint[]): void {
    for (const producer of this.#config.producers) {
      try {
        producer.produce(request, candidates, this.#datastore.slots);
      } catch (error) {
        this.#log.warn('data producer failed', { requestId: request.id, error: toError(error).message });
        return;
      }
    }
  }

  #schedule(request: InferenceRequest, candidates: readonly Endpoint[], explain: boolean): Schedule {
    const startedAtMs = this.#now();
    const isDebug = this.#log.isLevelEnabled('debug');
    const schedule = this.#config.schedule(request, candidates, explain || isDebug);
    this.#metrics.schedulerDuration.observe((this.#now() - startedAtMs) / 1000);
    if (isDebug) this.#log.debug('endpoint picked', { requestId: request.id, ...schedule.explanation });
    return schedule;
  }

  #accept(
    context: RequestContext,
    request: InferenceRequest,
    { result, fallbacks, explanation }: Schedule,
    startedAtMs: number,
  ): PickedDecision {
    const target = result?.targets[0];
    if (result === null || target === undefined) {
      this.#metrics.scheduleFailed(request.targetModel);
      throw eppErrors.ALL_FILTERED();
    }
    const headers = this.#prepareHeaders(request, result);
    const decision: PickedDecision = {
      type: 'picked',
      requestId: request.id,
      model: request.model,
      targetModel: request.targetModel,
      isStreaming: request.isStreaming,
      target: toTarget(target),
      fallbacks: fallbacks.map(toTarget),
      headers,
      removeHeaders: internalRoutingHeaders.filter((name) => headers[name] === undefined),
      body: context.body,
      explanation,
    };
    this.#running.set(decision, { request, config: this.#config, startedAtMs, target });
    this.#metrics.scheduled(request.targetModel, target);
    this.#metrics.requestStarted(request.model, request.targetModel);
    return decision;
  }

  #prepareHeaders(request: InferenceRequest, result: SchedulingResult): Record<string, string> {
    const headers: Record<string, string> = {
      [destinationEndpointHeader]: result.targets.map((endpoint) => endpoint.metadata.hostPort).join(','),
      [requestIdHeader]: request.id,
    };
    for (const plugin of this.#config.preRequests) plugin.preRequest(request, result, headers);
    return headers;
  }

  #reject(context: RequestContext, model: string, error: Error): Decision {
    if (!(error instanceof WeirError)) {
      this.#log.error('request could not be scheduled', { requestId: context.requestId, error });
    }
    const rejection = toRejection(context.requestId, error);
    this.#metrics.requestReceived(model, model, context.body.length);
    this.#metrics.requestFailed(model, model, rejection.code);
    return rejection;
  }
}

export function toTarget({ metadata }: Endpoint): Target {
  return { address: metadata.hostPort, podNamespace: metadata.namespace, podName: metadata.podName };
}

function pathOf(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}
