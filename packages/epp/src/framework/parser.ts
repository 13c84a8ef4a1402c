import type { ParsedBody } from './request.ts';

export interface ParsedRequest {
  readonly model: string;
  readonly isStreaming: boolean;
  readonly body: ParsedBody;
}

/** Understands the bodies of one API. */
export interface Parser {
  /** Path suffixes it claims; empty for the fallback. */
  readonly paths: readonly string[];
  /** Throws a `WeirError` of status 400 that names the field when the body is not of this API. */
  parse(path: string, body: Uint8Array): ParsedRequest;
}
