import type { KubeStatus } from '@weir/api/meta';

export type KubeErrorReason =
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Invalid'
  | 'Forbidden'
  | 'Unauthorized'
  | 'BadRequest'
  | 'Expired'
  | 'Gone'
  | 'TooManyRequests'
  | 'NotImplemented'
  | 'ServiceUnavailable'
  | 'InternalError'
  | (string & {});

/** A failure answered by an API server: its `Status`, verbatim. */
export class KubeError extends Error {
  readonly status: KubeStatus;
  readonly code: number;
  readonly reason: KubeErrorReason;
  /** From Retry-After, when the server asked to wait. */
  readonly retryAfterMs: number | null;

  constructor(status: KubeStatus, retryAfterMs: number | null = null) {
    super(status.message ?? `API server answered ${status.code ?? 'an error'}`);
    this.name = 'KubeError';
    this.status = status;
    this.code = status.code ?? 500;
    this.reason = status.reason ?? 'InternalError';
    this.retryAfterMs = retryAfterMs;
  }
}

/** True for a KubeError with one of the reasons. */
export function isKubeError(error: unknown, ...reasons: KubeErrorReason[]): error is KubeError {
  return error instanceof KubeError && (reasons.length === 0 || reasons.includes(error.reason));
}

/** No answer, or only a part of one: the server is away, or something in between broke. */
export class UnreachableError extends Error {
  constructor(subject: string, cause: unknown) {
    super(`${subject}: no answer from the API server: ${innermostMessage(cause)}`, {
      cause: innermost(cause),
    });
    this.name = 'UnreachableError';
  }
}

/** What the library itself says ("fetch failed", "terminated") names no reason; its innermost cause does. */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error;
}

function innermostMessage(error: unknown): string {
  const cause = innermost(error);
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

/** A reconciler throws this when a retry cannot help: the key waits for the next change of an object. */
export class TerminalError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TerminalError';
  }
}

/** Reads the `Status` out of a failed response; also understands servers that answer plain text. */
export async function kubeErrorFrom(response: Response, subject: string): Promise<KubeError> {
  const text = await response.text().catch(() => '');
  const waitMs = retryAfterMs(response);
  try {
    const body = JSON.parse(text) as KubeStatus;
    if (body.kind === 'Status') return new KubeError({ ...body, code: body.code ?? response.status }, waitMs);
  } catch {
    // Not a Status: a proxy in between, or a server that is going down.
  }
  const message = `${subject}: HTTP ${response.status}${text === '' ? '' : `: ${text.slice(0, 512)}`}`;
  const reason = reasonOfCode[response.status] ?? 'InternalError';
  return new KubeError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      code: response.status,
    },
    waitMs,
  );
}

/** How long the server asks to wait; null when it does not. */
export function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after'));
  return seconds > 0 ? seconds * 1000 : null;
}

const reasonOfCode: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  501: 'NotImplemented',
  503: 'ServiceUnavailable',
};
