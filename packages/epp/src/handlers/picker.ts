import type { RequestDroppedReason } from '../framework/dropped-reason.ts';
import type { EndCause } from '../framework/response.ts';
import type { Explanation } from '../scheduling/explanation.ts';

/** One request as a proxy hands it over: whole body, names of headers in lower case. */
export interface RequestContext {
  readonly requestId: string;
  readonly method: string;
  /** Path as the engine will see it, with or without query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Only endpoints of these addresses (`ip` or `ip:port`); absent: all of the pool. */
  readonly subset?: readonly string[];
  /** Keep survivors and scores in the decision. */
  readonly explain?: boolean;
}

export interface Target {
  /** `ip:port`. */
  readonly address: string;
  readonly podNamespace: string;
  readonly podName: string;
}

/** Where a request goes, as data. Hand the same object to the response calls. */
export interface PickedDecision {
  readonly type: 'picked';
  readonly requestId: string;
  readonly model: string;
  readonly targetModel: string;
  readonly isStreaming: boolean;
  readonly target: Target;
  /** Where to try next, in order, when the target cannot be reached. */
  readonly fallbacks: readonly Target[];
  /** Headers to set on the request, over what the client sent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers of the client that must not reach the engine. */
  readonly removeHeaders: readonly string[];
  /** The body to send: the client's bytes, unless the model name was rewritten. */
  readonly body: Buffer;
  /** Present when asked for or when the log is at debug. */
  readonly explanation: Explanation | null;
}

/** Why no endpoint gets the request. */
export interface RejectedDecision {
  readonly type: 'rejected';
  readonly requestId: string;
  readonly status: number;
  /** llm-d's name of the status, label of the error counter. */
  readonly code: ErrorCode;
  readonly message: string;
  readonly reason: RequestDroppedReason | null;
  /** Headers for the reply. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Decision = PickedDecision | RejectedDecision;

export type ErrorCode =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'PreconditionFailed'
  | 'ResourceExhausted'
  | 'Internal'
  | 'ServiceUnavailable';

/** The endpoint picker of one pool, in the process of its caller. */
export interface Picker {
  /** Never rejects: a failure is a decision too. */
  onRequest(context: RequestContext): Promise<Decision>;
  /** The target could not be reached and `address`, one of the fallbacks, gets the request. */
  onRetarget(decision: PickedDecision, address: string): void;
  onResponseHeaders(decision: PickedDecision, response: { readonly status: number }): void;
  /** Call exactly once per picked decision, whatever happened; later calls do nothing. */
  onEnd(decision: PickedDecision, cause: EndCause): void;
  /** True once the pool was read, even when it has no endpoint. */
  ready(): boolean;
  /** Resolves when `ready()` is true. */
  whenReady(): Promise<void>;
  /** `ip:port` of every endpoint that may be picked now. */
  endpoints(): readonly Target[];
  stop(): void;
}
