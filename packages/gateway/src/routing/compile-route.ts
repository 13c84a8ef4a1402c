import type { HTTPRoute, HTTPRouteMatch, HTTPRouteRule, NamedMatch } from '@weir/api/gateway';
import { keyOf } from '@weir/api/meta';
import { parseGoDuration } from '@weir/core/config';
import { modelNameHeader } from '@weir/wire/headers';
import { resolveBackend } from './backends.ts';
import { compileFilters } from './filters.ts';
import { compilePattern } from './pattern.ts';
import { failed, passed, type RoutingSnapshot, type Verdict } from './snapshot.ts';
import type {
  CompiledMatch,
  CompiledNamedMatch,
  CompiledPath,
  CompiledRule,
  RouteEntry,
  WeightedBackend,
} from './table.ts';

export interface CompiledRoute {
  readonly entries: readonly RouteEntry[];
  /** Not ok when something in the route is unsupported; then it has no entries. */
  readonly supported: Verdict;
  readonly resolvedRefs: Verdict;
}

class Unsupported extends Error {}

const servedByAnnotation = 'serving.kserve.io/enable-served-by-header';
const maxTestedLength = 2048;

/** Compiles the rules of one HTTPRoute. Whatever this gateway cannot honour refuses the route by name. */
export function compileRoute(route: HTTPRoute, snapshot: RoutingSnapshot): CompiledRoute {
  const problems: Verdict[] = [];
  try {
    const entries = (route.spec.rules ?? [{}]).flatMap((rule, index) => {
      const compiled = compileRule(route, rule, index, snapshot, problems);
      const matches = rule.matches === undefined || rule.matches.length === 0 ? [{}] : rule.matches;
      return matches.map((match) => ({ match: compileMatch(match), rule: compiled }));
    });
    return { entries, supported: passed('Accepted'), resolvedRefs: problems[0] ?? passed('ResolvedRefs') };
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    return {
      entries: [],
      supported: failed('UnsupportedValue', error.message),
      resolvedRefs: problems[0] ?? passed('ResolvedRefs'),
    };
  }
}

function compileRule(
  route: HTTPRoute,
  rule: HTTPRouteRule,
  index: number,
  snapshot: RoutingSnapshot,
  problems: Verdict[],
): CompiledRule {
  const name = rule.name ?? `rules[${index}]`;
  for (const field of ['retry', 'sessionPersistence'] as const) {
    if (rule[field] !== undefined) throw new Unsupported(`rule ${name}: field ${field} is not supported`);
  }
  const backends = (rule.backendRefs ?? []).map((reference): WeightedBackend => {
    const { backend, problem } = resolveBackend(reference, route.metadata.namespace ?? '', snapshot);
    if (problem !== null) problems.push({ ...problem, message: `rule ${name}: ${problem.message}` });
    return { weight: reference.weight ?? 1, backend, filters: supportedFilters(name, reference.filters) };
  });
  return {
    route: keyOf(route),
    name,
    filters: supportedFilters(name, rule.filters),
    backends,
    totalWeight: backends.reduce((sum, { weight }) => sum + weight, 0),
    requestTimeoutMs: durationOf(name, rule.timeouts?.request),
    backendTimeoutMs: durationOf(name, rule.timeouts?.backendRequest),
    showsServedBy: route.metadata.annotations?.[servedByAnnotation] === 'true',
  };
}

function supportedFilters(rule: string, filters: HTTPRouteRule['filters']): CompiledRule['filters'] {
  const compiled = compileFilters(filters ?? []);
  if ('unsupported' in compiled)
    throw new Unsupported(`rule ${rule}: ${compiled.unsupported} is not supported`);
  return compiled;
}

function durationOf(rule: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseGoDuration(text);
  if (ms === null || ms < 0) throw new Unsupported(`rule ${rule}: timeout "${text}" is not a duration`);
  return ms;
}

function compileMatch(match: HTTPRouteMatch): CompiledMatch {
  const headers = (match.headers ?? []).map((header) => compileNamed(header, header.name.toLowerCase()));
  const model = headers.find(({ name, test }) => name === modelNameHeader && typeof test === 'string');
  return {
    path: compilePath(match),
    method: match.method ?? null,
    headers,
    query: (match.queryParams ?? []).map((parameter) => compileNamed(parameter, parameter.name)),
    model: typeof model?.test === 'string' ? model.test : null,
  };
}

function compileNamed(match: NamedMatch, name: string): CompiledNamedMatch {
  if (match.type !== 'RegularExpression') return { name, test: match.value };
  return { name, test: patternOf(match.value) };
}

function compilePath(match: HTTPRouteMatch): CompiledPath {
  const { type = 'PathPrefix', value = '/' } = match.path ?? {};
  if (type === 'Exact') return { type: 'exact', value };
  if (type === 'PathPrefix')
    return { type: 'prefix', value: value.endsWith('/') ? value.slice(0, -1) : value };
  if (type === 'RegularExpression') return { type: 'regex', pattern: patternOf(value), source: value };
  throw new Unsupported(`path match type ${String(type)} is not supported`);
}

/** Even a safe pattern can be slow on a long text, so only the first part of it is ever tested. */
function patternOf(source: string): RegExp {
  const pattern = compilePattern(source);
  if (!(pattern instanceof RegExp))
    throw new Unsupported(`regular expression "${source}": ${pattern.refused}`);
  const test = pattern.test.bind(pattern);
  pattern.test = (text) => text.length <= maxTestedLength && test(text);
  return pattern;
}
