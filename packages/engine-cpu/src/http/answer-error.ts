import { toError } from '@weir/core/errors';
import { type Exchange, sendJson } from './exchange.ts';
import { HttpError } from './http-error.ts';

/** Answers what a handler threw. Causes stay in the log; clients get the message of expected errors only. */
export function answerError({ engine, response, requestId }: Exchange, thrown: unknown): void {
  if (response.destroyed || response.writableEnded) return;
  const error =
    thrown instanceof HttpError ? thrown : new HttpError(500, 'internal error', { cause: thrown });
  if (error.status >= 500) {
    engine.log.error('request failed', { requestId, error: toError(error.cause ?? error) });
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  sendJson(response, error.status, error.toBody());
}
