import { ApiError, forbiddenUser } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Attributes } from './authorizer.ts';
import { publicPaths, type UserInfo } from './user.ts';

/** Throws Forbidden in the words of Kubernetes unless the user may do it. */
export function requireAllowed(context: ServerContext, user: UserInfo, attributes: Attributes): void {
  if (attributes.type === 'path' && attributes.verb === 'get' && publicPaths.includes(attributes.path))
    return;
  if (context.authorizer.decide(user, attributes).allowed) return;
  if (attributes.type === 'path') {
    const message = `forbidden: User "${user.username}" cannot ${attributes.verb} path "${attributes.path}"`;
    throw new ApiError(403, 'Forbidden', message, {});
  }
  throw forbiddenUser(user.username, attributes);
}
