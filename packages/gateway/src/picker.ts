/** The endpoint picker as the gateway uses it; `@weir/epp` makes them. One picker per InferencePool, in process. */

export interface PickerRequest {
  readonly requestId: string;
  readonly method: string;
  /** Path as the engine will see it. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface PickedTarget {
  /** `ip:port`. */
  readonly address: string;
  readonly podNamespace: string;
  readonly podName: string;
}

export interface Picked {
  readonly type: 'picked';
  readonly model: string;
  readonly target: PickedTarget;
  readonly fallbacks: readonly PickedTarget[];
  readonly headers: Readonly<Record<string, string>>;
  readonly removeHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Rejected {
  readonly type: 'rejected';
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly reason: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export type EndCause = 'natural' | 'client-disconnect' | 'error' | 'evicted';

/** `P` is the picker's own decision object, handed back to it untouched. */
export interface Picker<P extends Picked = Picked> {
  onRequest(request: PickerRequest): Promise<P | Rejected>;
  onRetarget(decision: P, address: string): void;
  onResponseHeaders(decision: P, response: { readonly status: number }): void;
  onEnd(decision: P, cause: EndCause): void;
  ready(): boolean;
  endpoints(): readonly PickedTarget[];
  stop(): void;
}
