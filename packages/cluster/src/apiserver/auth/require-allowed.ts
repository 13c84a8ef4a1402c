import { ApiError } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Attributes } from './authorizer.ts';
import type { UserInfo } from './user.ts';

/** Paths that anybody may read, so that probes need no credentials. */
const publicPaths: readonly string[] = ['/healthz', '/livez', '/readyz', '/version'];

/** Throws Forbidden in the words of Kubernetes unless the user may do it. */
export function requireAllowed(context: ServerContext, user: UserInfo, attributes: Attributes): void {
  if (attributes.type === 'path' && attributes.verb === 'get' && publicPaths.includes(attributes.path))
    return;
  if (context.authorizer.decide(user, attributes).allowed) return;
  if (attributes.type === 'path') {
    const message = `forbidden: User "${user.username}" cannot ${attributes.verb} path "${attributes.path}"`;
    throw new ApiError(403, 'Forbidden', message, {});
  }
  throw forbiddenResource(user, attributes);
}

function forbiddenResource(user: UserInfo, attributes: Attributes & { readonly type: 'resource' }): ApiError {
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const subject = group === '' ? resource : `${resource}.${group}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const object = name === '' ? subject : `${subject} "${name}"`;
  const message = `${object} is forbidden: User "${user.username}" cannot ${verb} resource "${full}" in API group "${group}" ${scope}`;
  return new ApiError(403, 'Forbidden', message, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}
