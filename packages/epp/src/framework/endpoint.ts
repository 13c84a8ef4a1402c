import type { EngineMetrics } from '@weir/engines';

/** One port of one ready pod. Objects live as long as the endpoint does, and keep one shape. */
export interface Endpoint {
  /** `namespace/<pod>-rank-<i>`. */
  readonly id: string;
  /** Small number, unique among the endpoints that exist now: index into arrays kept per endpoint. */
  readonly slot: number;
  readonly metadata: EndpointMetadata;
  readonly metrics: EndpointMetrics;
}

export interface EndpointMetadata {
  readonly namespace: string;
  readonly podName: string;
  readonly address: string;
  readonly port: number;
  /** `address:port`, the value of the destination header; an IPv6 address stands in brackets. */
  readonly hostPort: string;
  readonly rank: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface EndpointMetrics extends EngineMetrics {
  /** When a scrape last brought a value, in milliseconds of the picker's clock; 0 before the first. */
  updatedAtMs: number;
}
