import type { ObjectKey } from '@weir/api/meta';
import type { Logger } from '@weir/core/log';
import type { Picker } from '@weir/epp';
import type { Deadlines } from '../http/deadlines.ts';
import type { GatewayLimits } from '../http/limits.ts';
import type { UpstreamPool } from '../http/upstream-pool.ts';
import type { ErrorReply } from './error-reply.ts';
import type { InFlight } from './in-flight.ts';
import type { ProxyMetrics } from './metrics.ts';
import type { RouteFailures } from './route-failures.ts';

/** A place that can serve a request. */
export interface Endpoint {
  /** `ip:port`. */
  readonly address: string;
  readonly podName: string | null;
}

export interface PoolBackend {
  /** null when none could be made; `problem` says why. */
  readonly picker: Picker | null;
  readonly problem: string | null;
  readonly failureMode: 'FailOpen' | 'FailClose';
  /** Ready members, known without the picker. */
  members(): readonly Endpoint[];
}

/** What the data path needs from the rest of the gateway; everything here answers without waiting. */
export interface ProxyContext {
  readonly limits: GatewayLimits;
  readonly deadlines: Deadlines;
  readonly upstreams: UpstreamPool;
  readonly inFlight: InFlight;
  readonly metrics: ProxyMetrics;
  readonly routeFailures: RouteFailures;
  readonly log: Logger;
  /** Ready endpoints of a Service's port. */
  serviceEndpoints(key: ObjectKey, port: number): readonly Endpoint[];
  findPool(key: ObjectKey): PoolBackend | undefined;
  /** A better answer than 404 for a path without a route, when there is one (the service is stopped). */
  explainMissingRoute(path: string): ErrorReply | null;
  /** In [0, 1). */
  random(): number;
}
