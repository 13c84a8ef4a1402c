import { WeirError } from '@weir/core/errors';

/** Reasons that a service's conditions show. */
export type FailureReason = 'ModelAccessDenied' | 'ModelNotFound' | 'ModelDownloadFailed';

/** One source could not give the model. The message never holds credentials. */
export class SourceError extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'SourceError';
    this.reason = reason;
  }
}

/** The error for an HTTP status of a source. */
export function httpSourceError(status: number, host: string, what: string): SourceError {
  if (status === 401 || status === 403) {
    return new SourceError(
      'ModelAccessDenied',
      `${host} refused access to ${what} (HTTP ${status}): check the token in the Secret, and accept the model's licence if it has one`,
    );
  }
  if (status === 404 || status === 410) {
    return new SourceError(
      'ModelNotFound',
      `${host} has no ${what} (HTTP ${status}): check the name and the revision`,
    );
  }
  return new SourceError('ModelDownloadFailed', `${host} answered HTTP ${status} for ${what}`);
}

/** Anything thrown while a source was read, as a SourceError. */
export function toSourceError(thrown: unknown, where: string): SourceError {
  if (thrown instanceof SourceError) return thrown;
  // Its message names the URI already.
  if (thrown instanceof WeirError)
    return new SourceError('ModelDownloadFailed', thrown.message, { cause: thrown });
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (codeOf(error) === 'ENOSPC') {
    return new SourceError(
      'ModelDownloadFailed',
      `no space left on device while writing ${where}: free some, or move the cache`,
      {
        cause: error,
      },
    );
  }
  return new SourceError('ModelDownloadFailed', `${where}: ${causeText(error)}`, { cause: error });
}

export function codeOf(error: unknown): string | undefined {
  for (let next: unknown = error; next instanceof Error; next = next.cause) {
    const { code } = next as NodeJS.ErrnoException;
    if (typeof code === 'string' && !code.startsWith('UND_')) return code;
  }
  return undefined;
}

/** The library's "fetch failed" and "terminated" say nothing; their innermost cause does. */
function causeText(error: Error): string {
  if (!(error instanceof TypeError)) return error.message;
  let inner: Error = error;
  while (inner.cause instanceof Error) inner = inner.cause;
  return inner.message || codeOf(error) || error.message;
}
