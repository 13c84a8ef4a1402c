import type { HeadLimits } from './request-head.ts';

export interface GatewayLimits extends HeadLimits {
  /** Request bodies that must be held whole (a picker reads them, or `model` routes them). */
  readonly bufferedBodyBytes: number;
  /** Request bodies that stream through to a Service. */
  readonly streamedBodyBytes: number;
  /** Bodies up to this size are held even when nobody reads them, so that they can be sent again. */
  readonly replayBodyBytes: number;
  /** Bytes of further requests kept while one is answered (pipelining). */
  readonly pipelinedBytes: number;
  readonly connectionsPerListener: number;
  readonly headTimeoutMs: number;
  /** Longest pause inside a request body. */
  readonly bodyIdleTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** From the request sent to the first byte of the answer, where the route states no timeout. */
  readonly firstByteTimeoutMs: number;
  /** Longest pause inside an answer, in either direction. */
  readonly streamIdleTimeoutMs: number;
  /** Kept below the 5 s of common model servers, so that they never close under a request. */
  readonly upstreamKeepAliveMs: number;
}

export const defaultLimits: GatewayLimits = {
  headBytes: 65_536,
  fields: 100,
  targetBytes: 16_384,
  bufferedBodyBytes: 8 * 1024 * 1024,
  streamedBodyBytes: 1024 * 1024 * 1024,
  replayBodyBytes: 256 * 1024,
  pipelinedBytes: 65_536,
  connectionsPerListener: 10_000,
  headTimeoutMs: 10_000,
  bodyIdleTimeoutMs: 30_000,
  keepAliveTimeoutMs: 75_000,
  connectTimeoutMs: 3_000,
  firstByteTimeoutMs: 600_000,
  streamIdleTimeoutMs: 300_000,
  upstreamKeepAliveMs: 4_000,
};
