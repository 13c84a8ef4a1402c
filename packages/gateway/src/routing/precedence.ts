import type { HTTPRoute } from '@weir/api/gateway';
import type { CompiledMatch, CompiledPath, RouteEntry } from './table.ts';

export interface RankedEntry extends RouteEntry {
  readonly from: HTTPRoute;
}

/**
 * Gateway API precedence: exact path, then regular expression, then prefix, each the longer first; then a method,
 * more headers, more query parameters; then the older route, then its name. Equal entries keep the rules' order.
 */
export function compareEntries(a: RankedEntry, b: RankedEntry): number {
  return compareMatches(a.match, b.match) || compareRoutes(a.from, b.from);
}

function compareMatches(a: CompiledMatch, b: CompiledMatch): number {
  return (
    pathRank(b.path) - pathRank(a.path) ||
    pathLength(b.path) - pathLength(a.path) ||
    Number(b.method !== null) - Number(a.method !== null) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  );
}

function pathRank(path: CompiledPath): number {
  if (path.type === 'exact') return 2;
  return path.type === 'regex' ? 1 : 0;
}

function pathLength(path: CompiledPath): number {
  return path.type === 'regex' ? path.source.length : path.value.length;
}

function compareRoutes(a: HTTPRoute, b: HTTPRoute): number {
  return (
    compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
    compareText(`${a.metadata.namespace}/${a.metadata.name}`, `${b.metadata.namespace}/${b.metadata.name}`)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
