import { ApiError, badRequest } from '../api-error.ts';
import type { RefusalStatus } from './review.ts';

/** A webhook could not be asked, or its answer not be understood: its failure policy decides. */
export class CallError extends Error {
  constructor(webhook: string, reason: string, options?: ErrorOptions) {
    super(`failed calling webhook "${webhook}": ${reason}`, options);
    this.name = 'CallError';
  }
}

/** 500 in the form in which Kubernetes reports its own failures. */
export function internalError(reason: string): ApiError {
  return new ApiError(500, 'InternalError', `Internal error occurred: ${reason}`, {
    causes: [{ message: reason }],
  });
}

/** What the user hears of a webhook that says no: its own status, with its name. */
export function deniedBy(webhook: string, status: RefusalStatus | null): ApiError {
  const { code = 0, reason = '', message = '', details } = status ?? {};
  const why = message === '' ? reason : message;
  const title = `admission webhook "${webhook}" denied the request`;
  return new ApiError(
    Math.max(400, code),
    reason,
    why === '' ? `${title} without explanation` : `${title}: ${why}`,
    details as ApiError['details'],
  );
}

export function dryRunUnsupported(webhook: string): ApiError {
  return badRequest(`admission webhook "${webhook}" does not support dry run`);
}
