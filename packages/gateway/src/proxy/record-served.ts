import type { CompiledRule } from '../routing/table.ts';
import type { Endpoint, ProxyContext } from './context.ts';

export interface ServedRequest {
  readonly requestId: string;
  readonly method: string;
  readonly target: string;
  /** 499 when the client left. */
  readonly status: number;
  readonly durationMs: number;
  readonly rule: CompiledRule | null;
  readonly endpoint: Endpoint | null;
  /** False when the answer was cut short after its head. */
  readonly isWhole: boolean;
}

/** Counts a request that is over, and writes its line of the access log. */
export function recordServed({ metrics, log, routeFailures }: ProxyContext, request: ServedRequest): void {
  const { rule, status, durationMs } = request;
  const route = rule === null ? '' : `${rule.route.namespace}/${rule.route.name}`;
  metrics.activeRequests.dec();
  metrics.onEnd(route, status, durationMs);
  // Whether the service works cannot be told from clients that leave.
  if (rule !== null && status !== 499) routeFailures.onEnd(route, failureOf(request));
  if (!log.isLevelEnabled('info')) return;
  log.info('request served', {
    requestId: request.requestId,
    method: request.method,
    // Without the query: it may hold what must not be logged.
    path: request.target.split('?', 1)[0],
    status,
    durationMs: Math.round(durationMs * 10) / 10,
    route,
    rule: rule?.name,
    endpoint: request.endpoint?.address,
    ...(request.isWhole ? {} : { isCut: true }),
  });
}

function failureOf({ status, isWhole }: ServedRequest): string | null {
  if (status >= 500) return String(status);
  return isWhole ? null : 'an answer that was cut short';
}
