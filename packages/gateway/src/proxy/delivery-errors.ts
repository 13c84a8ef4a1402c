import type { UpstreamFailure } from '../http/upstream-connection.ts';
import type { Endpoint } from './context.ts';
import type { ErrorReply } from './error-reply.ts';

export const noEndpoints: ErrorReply = {
  status: 503,
  code: 'no_endpoints',
  message:
    'no endpoint is ready to serve this request — retry in a moment, or look at the pods of the service',
  droppedReason: 'rejected-no-endpoints',
  retryAfterSeconds: 2,
};

export const timedOut: ErrorReply = {
  status: 504,
  code: 'upstream_timeout',
  message: "the model server did not answer within the route's timeout",
};

/** What a client is told about an exchange that failed before any answer. */
export function failureReply(failure: UpstreamFailure, endpoint: Endpoint, error: Error): ErrorReply {
  if (failure === 'connect') {
    return {
      status: 503,
      code: 'upstream_unavailable',
      message: `no connection to the model server at ${endpoint.address}: ${error.message}`,
      retryAfterSeconds: 2,
    };
  }
  return {
    status: 502,
    code: failure === 'protocol' ? 'upstream_protocol_error' : 'upstream_closed',
    message: `the model server at ${endpoint.address} failed before it answered: ${error.message}`,
  };
}
