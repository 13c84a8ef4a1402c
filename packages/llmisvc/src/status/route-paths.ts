import type { HTTPRoute, HTTPRouteMatch, HTTPRouteRule } from '@weir/api/gateway';

type Bucket = 'path' | 'publisher' | 'model';

interface Candidate {
  readonly path: string;
  readonly hasServiceBackend: boolean;
}

/**
 * The paths under which a route serves: of plain paths, of publisher paths and of model name matches the shallowest
 * each, rules with a Service behind them first, because these pass everything on. None where regular expressions
 * are all there is: no path can be made of them.
 */
export function routePaths(route: HTTPRoute, modelHeader: string): string[] {
  const buckets = new Map<Bucket, Candidate[]>();
  for (const rule of route.spec.rules ?? []) {
    for (const match of rule.matches ?? [{}]) {
      const bucket = bucketOf(match, modelHeader.toLowerCase());
      if (bucket === null) continue;
      const path = bucket === 'model' ? '/' : (match.path?.value ?? '/');
      buckets.set(bucket, [
        ...(buckets.get(bucket) ?? []),
        { path, hasServiceBackend: hasServiceBackend(rule) },
      ]);
    }
  }
  const paths = [...new Set([...buckets.values()].map(shallowest))];
  if (paths.length === 0) return matchesOf(route).some(isExpression) ? [] : ['/'];
  return paths.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
}

function matchesOf({ spec }: HTTPRoute): HTTPRouteMatch[] {
  return (spec.rules ?? []).flatMap(({ matches = [] }) => matches);
}

function isExpression({ path }: HTTPRouteMatch): boolean {
  return path?.type === 'RegularExpression';
}

/** Regular expressions give no prefix to put into a URL, and other headers no URL at all. */
function bucketOf(match: HTTPRouteMatch, modelHeader: string): Bucket | null {
  const headers = (match.headers ?? []).map(({ name }) => name.toLowerCase());
  if (headers.length > 0) return headers.includes(modelHeader) ? 'model' : null;
  if (isExpression(match)) return null;
  return (match.path?.value ?? '/').startsWith('/publishers/') ? 'publisher' : 'path';
}

function hasServiceBackend(rule: HTTPRouteRule): boolean {
  return (rule.backendRefs ?? []).some(({ kind }) => kind === undefined || kind === 'Service');
}

function shallowest(candidates: readonly Candidate[]): string {
  const preferred = candidates.filter(({ hasServiceBackend: has }) => has);
  const [best] = (preferred.length > 0 ? preferred : candidates)
    .map(({ path }) => path)
    .sort((a, b) => depth(a) - depth(b) || a.length - b.length);
  return best ?? '/';
}

function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length;
}
