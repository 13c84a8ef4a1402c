import type { ObjectKey } from '@weir/api/meta';
import { keyText } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Decision, RejectedDecision } from '@weir/epp';
import type { Fields } from '../http/fields.ts';
import type { Backend } from '../routing/table.ts';
import type { PoolBackend, ProxyContext } from './context.ts';
import type { ErrorReply } from './error-reply.ts';
import { withPickerHeaders } from './outgoing-head.ts';
import { FallbackTargets, PickedTargets, ServiceTargets, type Targets } from './targets.ts';

export interface TargetInput {
  readonly requestId: string;
  readonly method: string;
  /** As the backend gets it. */
  readonly path: string;
  readonly fields: Fields;
  /** null when it streams. */
  readonly body: Buffer | null;
}

export interface ResolvedTargets {
  readonly type: 'targets';
  readonly targets: Targets;
  readonly body: Buffer | null;
  readonly fields: Fields;
  /** Value of the routing header when the picker was bypassed. */
  readonly routing: string | null;
}

export type TargetOutcome = ResolvedTargets | { readonly type: 'refused'; readonly error: ErrorReply };

const emptyBody = Buffer.alloc(0);
let turn = 0;

/** The endpoints that a request to `backend` may go to: at once for a Service, after its picker's word for a pool. */
export function resolveTargets(
  context: ProxyContext,
  backend: Backend,
  input: TargetInput,
): TargetOutcome | Promise<TargetOutcome> {
  if (backend.type === 'pool') return pickTargets(context, backend.key, input);
  if (backend.type === 'invalid') return refuse(500, 'backend_invalid', backend.message);
  const endpoints = context.serviceEndpoints(backend.key, backend.port);
  return {
    type: 'targets',
    targets: new ServiceTargets(context, endpoints, turn++),
    body: input.body,
    fields: input.fields,
    routing: null,
  };
}

/** Asks the pool's picker; without one the pool's failure mode decides. */
async function pickTargets(
  context: ProxyContext,
  key: ObjectKey,
  input: TargetInput,
): Promise<TargetOutcome> {
  const pool = context.findPool(key);
  if (pool === undefined)
    return refuse(503, 'pool_not_found', `InferencePool ${keyText(key)} does not exist any more`);
  const { picker } = pool;
  if (picker === null) return failedPicker(context, key, pool, input, pool.problem ?? 'it is starting');
  let decision: Decision;
  try {
    decision = await picker.onRequest({
      requestId: input.requestId,
      method: input.method,
      path: input.path,
      headers: toRecord(input.fields),
      body: input.body ?? emptyBody,
    });
  } catch (error) {
    context.log.warn('picker failed', { pool: keyText(key), error: toError(error).message });
    return failedPicker(context, key, pool, input, toError(error).message);
  }
  if (decision.type === 'rejected') return { type: 'refused', error: rejection(decision) };
  return {
    type: 'targets',
    targets: new PickedTargets(context, picker, decision),
    body: decision.body,
    fields: withPickerHeaders(input.fields, decision.headers, decision.removeHeaders),
    routing: null,
  };
}

function failedPicker(
  context: ProxyContext,
  key: ObjectKey,
  pool: PoolBackend,
  input: TargetInput,
  problem: string,
): TargetOutcome {
  if (pool.failureMode === 'FailClose') {
    return refuse(
      503,
      'picker_unavailable',
      `the endpoint picker of InferencePool ${keyText(key)} failed: ${problem}`,
    );
  }
  context.metrics.fallbacks.labels({ reason: 'epp-unavailable' }).inc();
  return {
    type: 'targets',
    targets: new FallbackTargets(context, pool.members()),
    body: input.body,
    fields: input.fields,
    routing: 'fallback;reason=epp-unavailable',
  };
}

function rejection({ status, code, message, reason, headers }: RejectedDecision): ErrorReply {
  return {
    status,
    code: code.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase(),
    message,
    headers,
    ...(reason === null ? {} : { droppedReason: reason }),
    ...(status === 503 || status === 429 ? { retryAfterSeconds: 2 } : {}),
  };
}

function refuse(status: number, code: string, message: string): TargetOutcome {
  return { type: 'refused', error: { status, code, message, retryAfterSeconds: 2 } };
}

function toRecord(fields: Fields): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i < fields.names.length; i++) {
    const name = fields.names[i] ?? '';
    record[name] = name in record ? `${record[name]},${fields.values[i]}` : (fields.values[i] ?? '');
  }
  return record;
}
