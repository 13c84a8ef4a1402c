import { WeirError } from '@weir/core/errors';
import { droppedReasonHeader } from '@weir/wire/headers';
import type { RequestDroppedReason } from '../framework/dropped-reason.ts';
import type { ErrorCode, RejectedDecision } from '../handlers/picker.ts';

const codes: Readonly<Record<number, ErrorCode>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  412: 'PreconditionFailed',
  429: 'ResourceExhausted',
  500: 'Internal',
  503: 'ServiceUnavailable',
};

const reasons: Readonly<Record<string, RequestDroppedReason>> = {
  EPP_NO_CANDIDATES: 'rejected-no-endpoints',
  EPP_ALL_FILTERED: 'rejected-saturated',
};

/** The reply to a request that no endpoint gets. What was not foreseen is an internal error without its text. */
export function toRejection(requestId: string, error: Error): RejectedDecision {
  const isForeseen = error instanceof WeirError;
  const status = isForeseen ? error.status : 500;
  const reason = isForeseen ? (reasons[error.code] ?? null) : null;
  return {
    type: 'rejected',
    requestId,
    status,
    code: codes[status] ?? 'Internal',
    message: isForeseen ? error.message : 'the endpoint picker failed; its log names the request id',
    reason,
    headers: reason === null ? {} : { [droppedReasonHeader]: reason },
  };
}
