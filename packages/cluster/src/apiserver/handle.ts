import { toError } from '@weir/core/errors';
import { ApiError, pathNotFound, toApiError } from './api-error.ts';
import { requireAllowed } from './auth/require-allowed.ts';
import type { ServerContext } from './context.ts';
import { discover } from './meta/discovery.ts';
import type { OpenApi } from './meta/openapi.ts';
import { versionResponse } from './meta/version.ts';
import { type ApiRequest, type ApiResponse, jsonResponse, textResponse } from './request.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { parseResourceRoute, segmentsOf } from './route.ts';
import { withWarnings } from './warnings.ts';

export type Handler = (request: ApiRequest) => Promise<ApiResponse>;

/** The whole server on plain values: every failure becomes a `Status`. */
export function createHandler(context: ServerContext, resources: ResourceHandler, openApi: OpenApi): Handler {
  return async (request) => {
    try {
      return await dispatch(context, resources, openApi, request);
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.code === 500 && !(thrown instanceof ApiError)) {
        context.log.error('request failed', {
          method: request.method,
          path: request.path,
          error: toError(thrown),
        });
      }
      return errorResponse(error);
    }
  };
}

export function errorResponse(error: ApiError): ApiResponse {
  const retryAfter = error.details?.retryAfterSeconds;
  const response = jsonResponse(error.code, error.toStatus(), {
    'cache-control': 'no-cache, private',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  return withWarnings(response, error.warnings);
}

async function dispatch(
  context: ServerContext,
  resources: ResourceHandler,
  openApi: OpenApi,
  request: ApiRequest,
): Promise<ApiResponse> {
  const segments = segmentsOf(request.path);
  const route = parseResourceRoute(segments);
  if (route !== null) return resources.handle(route, request);
  const verb = request.method.toLowerCase();
  requireAllowed(context, request.user, { type: 'path', verb, path: request.path });
  if (request.method !== 'GET') throw pathNotFound();
  const [root = ''] = segments;
  if (['healthz', 'livez', 'readyz'].includes(root)) return textResponse(200, 'ok');
  if (root === 'version' && segments.length === 1) return versionResponse();
  if (root === 'openapi') return openApi.handle(segments.slice(1), request);
  const discovered = discover(context.registry, segments, request);
  if (discovered === null) throw pathNotFound();
  return discovered;
}
