import { jsonDepth } from '@weir/api/meta';
import { toError } from '@weir/core/errors';

/** Deeper documents exhaust the stack of whatever recurses over them later. */
const maxDepth = 1000;

/** A request that is not understood: answered with HTTP 400. */
export class BadReviewError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadReviewError';
  }
}

/** Parses a body of bounded depth whose top is an object. */
export function decodeReview(body: Uint8Array): Record<string, unknown> {
  if (jsonDepth(body) > maxDepth)
    throw new BadReviewError(`the body is nested deeper than ${maxDepth} levels`);
  const value = parse(body);
  if (!isRecord(value)) throw new BadReviewError('the body is not a JSON object');
  return value;
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new BadReviewError(`the body is not JSON: ${toError(error).message}`);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
