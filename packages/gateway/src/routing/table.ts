import type { HeaderModifier, PathModifier } from '@weir/api/gateway';
import type { ObjectKey } from '@weir/api/meta';

/** What one listening port serves: its listeners, the most specific hostname first. */
export interface PortTable {
  readonly listeners: readonly ListenerTable[];
}

export interface ListenerTable {
  readonly gateway: ObjectKey;
  readonly name: string;
  readonly hostname: Hostname;
  /** Groups of routes, the most specific hostname first. */
  readonly hosts: readonly HostTable[];
}

export interface HostTable {
  readonly hostname: Hostname;
  /** In Gateway API precedence: the first entry that matches wins. */
  readonly entries: readonly RouteEntry[];
}

/** `*` for any; `suffix` keeps the dot of `*.example.com`. */
export type Hostname =
  | { readonly type: 'any' }
  | { readonly type: 'wildcard'; readonly suffix: string }
  | { readonly type: 'exact'; readonly name: string };

export interface RouteEntry {
  readonly match: CompiledMatch;
  readonly rule: CompiledRule;
}

export interface CompiledMatch {
  readonly path: CompiledPath;
  readonly method: string | null;
  readonly headers: readonly CompiledNamedMatch[];
  readonly query: readonly CompiledNamedMatch[];
  /** Value of the model-name header that the match asks for, or null. It is also one of `headers`. */
  readonly model: string | null;
}

export type CompiledPath =
  | { readonly type: 'exact'; readonly value: string }
  | { readonly type: 'prefix'; readonly value: string }
  | { readonly type: 'regex'; readonly pattern: RegExp; readonly source: string };

export interface CompiledNamedMatch {
  readonly name: string;
  readonly test: string | RegExp;
}

export interface CompiledRule {
  readonly route: ObjectKey;
  readonly name: string;
  readonly filters: CompiledFilters;
  readonly backends: readonly WeightedBackend[];
  readonly totalWeight: number;
  /** null: not stated; 0: none. */
  readonly requestTimeoutMs: number | null;
  readonly backendTimeoutMs: number | null;
  /** Annotation `serving.kserve.io/enable-served-by-header`. */
  readonly showsServedBy: boolean;
}

export interface WeightedBackend {
  readonly weight: number;
  readonly backend: Backend;
  readonly filters: CompiledFilters;
}

export type Backend =
  | { readonly type: 'service'; readonly key: ObjectKey; readonly port: number }
  | { readonly type: 'pool'; readonly key: ObjectKey }
  | { readonly type: 'invalid'; readonly message: string };

export interface CompiledFilters {
  readonly request: readonly HeaderModifier[];
  readonly response: readonly HeaderModifier[];
  readonly hostname: string | null;
  readonly path: PathModifier | null;
  readonly redirect: Redirect | null;
}

export interface Redirect {
  readonly scheme: string | null;
  readonly hostname: string | null;
  readonly path: PathModifier | null;
  readonly port: number | null;
  readonly status: number;
}
