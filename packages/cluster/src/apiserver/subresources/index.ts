import { methodNotAllowed, notImplemented, pathNotFound } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import { type ApiRequest, type ApiResponse, jsonResponse } from '../request.ts';
import { getScale, writeScale } from '../rest/scale.ts';
import type { ResourceRoute } from '../route.ts';
import { bindPod } from './binding.ts';
import { finalizeNamespace } from './finalize.ts';
import { podLog } from './log.ts';
import { requestToken } from './token.ts';

/** Subresources that Kubernetes has for the kinds served here and this server has not. */
const missing: Readonly<Record<string, readonly string[]>> = {
  '/pods': ['attach', 'ephemeralcontainers', 'eviction', 'exec', 'portforward', 'proxy', 'resize'],
  '/nodes': ['proxy'],
  '/services': ['proxy'],
};

/** Everything behind an object's name except `status`. */
export async function handleSubresource(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<ApiResponse> {
  const { scale } = target.version;
  if (route.subresource === 'scale' && scale !== null) {
    if (request.method === 'GET') return jsonResponse(200, await getScale(context, target, scale, route));
    if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
    return jsonResponse(200, (await writeScale(context, target, scale, route, request)).object);
  }
  switch (`${target.kind.group}/${target.kind.plural}/${route.subresource}`) {
    case '/pods/log':
      requireMethod(request, 'GET');
      return podLog(context, target, route, request);
    case '/pods/binding':
      requireMethod(request, 'POST');
      return jsonResponse(201, await bindPod(context, target, route, request));
    case '/serviceaccounts/token':
      requireMethod(request, 'POST');
      return jsonResponse(201, await requestToken(context, target, route, request));
    case '/namespaces/finalize':
      requireMethod(request, 'PUT');
      return jsonResponse(200, await finalizeNamespace(context, target, route, request));
    default:
      throw unknownSubresource(target, route);
  }
}

function unknownSubresource(target: Target, route: ResourceRoute): Error {
  const { group, plural } = target.kind;
  const [name = ''] = route.subresource.split('/');
  if (missing[`${group}/${plural}`]?.includes(name))
    return notImplemented(`the subresource ${plural}/${name}`);
  return pathNotFound();
}

function requireMethod(request: ApiRequest, method: string): void {
  if (request.method !== method) throw methodNotAllowed();
}
