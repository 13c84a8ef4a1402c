import { explainHeader, modelNameHeader } from '@weir/wire/headers';
import type { ClientConnection, RequestSink } from '../http/client-connection.ts';
import { type Fields, fieldOf, type HttpError } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import { modifyFields } from '../routing/filters.ts';
import { type MatchResult, matchRoute } from '../routing/match.ts';
import type { CompiledRule, PortTable, RouteEntry, WeightedBackend } from '../routing/table.ts';
import { BodyCollector } from './body-collector.ts';
import { chooseBackend } from './choose-backend.ts';
import type { Endpoint, ProxyContext } from './context.ts';
import { Delivery, type DeliveryOwner } from './delivery.ts';
import { type ErrorReply, formatErrorReply } from './error-reply.ts';
import { explainMiss } from './explain-miss.ts';
import { findModelName, jsonProblem } from './model-name.ts';
import { formatRequestHead, forwardedFields } from './outgoing-head.ts';
import { recordServed } from './record-served.ts';
import { formatRedirect } from './redirect.ts';
import { requestIdOf } from './request-id.ts';
import { type ResolvedTargets, resolveTargets } from './resolve-targets.ts';
import { rewriteRequest } from './rewrite-request.ts';

const emptyBody = Buffer.alloc(0);
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

interface Route {
  readonly entry: RouteEntry;
  readonly backend: WeightedBackend;
}

/** One request of a client: finds its rule, gathers what must be known of the body, and has it delivered. */
export class Exchange implements RequestSink, DeliveryOwner {
  readonly requestId: string;
  readonly #context: ProxyContext;
  readonly #table: PortTable;
  readonly #head: RequestHead;
  readonly #client: ClientConnection;
  readonly #startedMs = performance.now();
  #route: Route | null = null;
  #collector: BodyCollector | null = null;
  #needsModel = false;
  #delivery: Delivery | null = null;
  #streamedBytes = 0;
  #isOver = false;
  #model: string | null | undefined;

  constructor(context: ProxyContext, table: PortTable, head: RequestHead, client: ClientConnection) {
    this.#context = context;
    this.#table = table;
    this.#head = head;
    this.#client = client;
    this.requestId = requestIdOf(head);
    context.metrics.activeRequests.inc();
  }

  /** Routes by the head; what needs the body waits for `onBodyEnd`. */
  start(): void {
    const result = this.#match(undefined);
    if (result.type === 'matched') this.#take(result.entry);
    else if (result.type === 'none') {
      // The body's model, if there is one, makes the answer more helpful; a body that is not short is not waited for.
      this.#collectOrRefuse();
    } else {
      this.#needsModel = true;
      this.#collect(this.#context.limits.bufferedBodyBytes);
    }
  }

  onBody(buffer: Buffer, start: number, end: number): void {
    if (this.#isOver) return;
    if (this.#collector !== null) {
      if (!this.#collector.add(buffer, start, end))
        this.#refuseTooLarge(this.#context.limits.bufferedBodyBytes);
      return;
    }
    this.#streamedBytes += end - start;
    const { streamedBodyBytes } = this.#context.limits;
    if (this.#streamedBytes <= streamedBodyBytes)
      this.#delivery?.writeBody(buffer.subarray(start, end), false);
    else {
      this.#delivery?.abort();
      if (this.#delivery?.hasAnswered ?? false) this.#client.destroy();
      else this.#refuseTooLarge(streamedBodyBytes);
    }
  }

  onBodyEnd(): void {
    if (this.#isOver) return;
    const collector = this.#collector;
    if (collector === null && this.#delivery !== null) {
      this.#delivery.writeBody(emptyBody, true);
      return;
    }
    const body = collector?.body ?? emptyBody;
    if (this.#route === null && !this.#routeByBody(body)) return;
    if (this.#route !== null) this.#startDelivery(this.#route, body);
  }

  onAbort(error: HttpError | null): void {
    if (this.#isOver) return;
    const delivery = this.#delivery;
    delivery?.abort();
    if (error !== null && !(delivery?.hasAnswered ?? false))
      this.#reply({ status: error.status, code: error.code, message: error.message }, true);
    else {
      if (error !== null) this.#client.destroy();
      this.#context.metrics.clientAborts.inc();
      this.#finish(499, null);
    }
  }

  onUndelivered(error: ErrorReply): void {
    this.#reply(error);
  }

  onDelivered(status: number, endpoint: Endpoint, isWhole: boolean): void {
    this.#finish(status, endpoint, isWhole);
  }

  #match(model: string | null | undefined): MatchResult {
    const { method, host, target, names, values } = this.#head;
    return matchRoute(this.#table, { method, host, target, names, values, model });
  }

  #take(entry: RouteEntry): void {
    const { rule } = entry;
    if (rule.filters.redirect !== null) {
      this.#client.write(
        formatRedirect(rule.filters.redirect, entry.match, this.#head, this.requestId, this.#client),
      );
      this.#client.finishResponse();
      this.#finish(rule.filters.redirect.status, null);
      return;
    }
    const backend = chooseBackend(rule, this.#context.random);
    if (backend === null || backend.backend.type === 'invalid') {
      const why = backend?.backend.type === 'invalid' ? backend.backend.message : 'it has no backendRefs';
      const route = `${rule.route.namespace}/${rule.route.name}`;
      this.#reply({
        status: 500,
        code: 'backend_invalid',
        message: `HTTPRoute ${route}, rule ${rule.name}, leads nowhere: ${why}`,
      });
      return;
    }
    this.#route = { entry, backend };
    this.#prepareBody(backend);
  }

  /** A pool's picker reads the whole body; other bodies are held only while short, so that they can be sent again. */
  #prepareBody(backend: WeightedBackend): void {
    const { framing } = this.#head;
    const { limits } = this.#context;
    if (this.#collector !== null || framing.type === 'none') return;
    if (backend.backend.type === 'pool') this.#collect(limits.bufferedBodyBytes);
    else if (framing.type === 'length' && framing.length > limits.streamedBodyBytes) {
      this.#refuseTooLarge(limits.streamedBodyBytes);
    } else if (framing.type === 'length' && framing.length <= limits.replayBodyBytes)
      this.#collect(limits.replayBodyBytes);
    else if (this.#route !== null) this.#startDelivery(this.#route, null);
  }

  #collect(limit: number): void {
    const { framing } = this.#head;
    if (framing.type === 'length' && framing.length > limit) this.#refuseTooLarge(limit);
    else this.#collector = new BodyCollector(framing.type === 'length' ? framing.length : null, limit);
  }

  #collectOrRefuse(): void {
    const { framing } = this.#head;
    const isShort = framing.type === 'length' && framing.length <= this.#context.limits.replayBodyBytes;
    if (isShort) this.#collect(this.#context.limits.replayBodyBytes);
    else this.#reply(explainMiss(this.#table, this.#head, null, this.#context));
  }

  /** Matches again with the model that the body names. False when the request has been answered. */
  #routeByBody(body: Buffer): boolean {
    const found = findModelName(body);
    this.#model = found.type === 'found' ? found.name : null;
    const result = this.#match(this.#model);
    if (result.type === 'matched') this.#take(result.entry);
    else {
      const problem = this.#needsModel && body.length > 0 ? jsonProblem(body) : null;
      this.#reply(
        problem === null
          ? explainMiss(this.#table, this.#head, this.#model, this.#context)
          : { status: 400, code: 'invalid_json', message: problem },
      );
    }
    return !this.#isOver;
  }

  #startDelivery(route: Route, body: Buffer | null): void {
    this.#deliver(route, body).catch((error: unknown) => {
      this.#context.log.error('request failed inside the gateway', { requestId: this.requestId, error });
      this.#reply({
        status: 500,
        code: 'internal_error',
        message: 'the gateway failed on this request; see its log',
      });
    });
  }

  async #deliver({ entry, backend }: Route, body: Buffer | null): Promise<void> {
    const { target, host } = rewriteRequest(entry, backend, this.#head);
    const fields = this.#outgoingFields(entry.rule, backend);
    const { method } = this.#head;
    const request = { requestId: this.requestId, method, path: target, fields, body };
    // A Service is resolved at once; only a picker is waited for.
    const resolved = resolveTargets(this.#context, backend.backend, request);
    const outcome = resolved instanceof Promise ? await resolved : resolved;
    if (outcome.type === 'refused') this.#reply(outcome.error);
    else if (this.#isOver) outcome.targets.onEnd('client-disconnect');
    else this.#send(entry.rule, backend, outcome, { target, host });
  }

  #outgoingFields(rule: CompiledRule, backend: WeightedBackend): Fields {
    let fields = forwardedFields(this.#head, {
      requestId: this.requestId,
      remoteAddress: this.#client.remoteAddress,
    });
    if (typeof this.#model === 'string' && fieldOf(fields, modelNameHeader) === undefined) {
      fields = {
        names: [...fields.names, modelNameHeader],
        values: [...fields.values, toLatin1(this.#model)],
      };
    }
    return modifyFields(fields, [...rule.filters.request, ...backend.filters.request]);
  }

  #send(
    rule: CompiledRule,
    backend: WeightedBackend,
    { targets, body, fields, routing }: ResolvedTargets,
    { target, host }: { readonly target: string; readonly host: string },
  ): void {
    const { method, framing, minorVersion } = this.#head;
    const isChunked = body === null && framing.type === 'chunked';
    const streamedBytes = framing.type === 'length' ? framing.length : 0;
    const bodyBytes = isChunked ? null : (body?.length ?? streamedBytes);
    this.#delivery = new Delivery(
      this.#context,
      {
        method,
        head: formatRequestHead({ method, target, host, fields, bodyBytes }),
        body,
        isChunked,
        targets,
        isRepeatable: backend.backend.type === 'pool' || idempotent.has(method),
        responseModifiers: [...backend.filters.response, ...rule.filters.response],
        requestId: this.requestId,
        startedMs: this.#startedMs,
        isHttp10: minorVersion === 0,
        showsServedBy: rule.showsServedBy || fieldOf(this.#head, explainHeader) === '1',
        routing,
        requestTimeoutMs: rule.requestTimeoutMs,
        backendTimeoutMs: rule.backendTimeoutMs,
      },
      this.#client,
      this,
    );
    this.#delivery.start();
  }

  #refuseTooLarge(limit: number): void {
    this.#reply({
      status: 413,
      code: 'request_too_large',
      message: `the request body is larger than the limit of ${limit} bytes`,
    });
  }

  #reply(error: ErrorReply, isConnectionOver = false): void {
    if (this.#isOver) return;
    const { method, target } = this.#head;
    const closes = isConnectionOver || this.#client.closesAfterResponse;
    this.#client.write(formatErrorReply(error, { requestId: this.requestId, path: target, method, closes }));
    this.#finish(error.status, null);
    if (!isConnectionOver) this.#client.finishResponse();
  }

  #finish(status: number, endpoint: Endpoint | null, isWhole = true): void {
    if (this.#isOver) return;
    this.#isOver = true;
    recordServed(this.#context, {
      requestId: this.requestId,
      method: this.#head.method,
      target: this.#head.target,
      status,
      durationMs: performance.now() - this.#startedMs,
      rule: this.#route?.entry.rule ?? null,
      endpoint,
      isWhole,
    });
  }
}

/** Header values are bytes; a name outside of Latin-1 is sent percent-encoded. */
function toLatin1(text: string): string {
  return /^[ -~]*$/.test(text) ? text : encodeURIComponent(text);
}
