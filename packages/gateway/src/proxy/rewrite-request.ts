import type { RequestHead } from '../http/request-head.ts';
import { rewriteTarget } from '../routing/filters.ts';
import type { RouteEntry, WeightedBackend } from '../routing/table.ts';

/** Target and host as the backend gets them. A backend's own URLRewrite comes after the rule's. */
export function rewriteRequest(
  { match, rule }: RouteEntry,
  backend: WeightedBackend,
  head: RequestHead,
): { readonly target: string; readonly host: string } {
  const prefix = match.path.type === 'prefix' ? match.path.value : null;
  const path = backend.filters.path ?? rule.filters.path;
  return {
    target: path === null ? head.target : rewriteTarget(head.target, path, prefix),
    host: backend.filters.hostname ?? rule.filters.hostname ?? head.host,
  };
}
