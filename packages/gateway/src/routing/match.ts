import { modelNameHeader } from '@weir/wire/headers';
import type { Fields } from '../http/fields.ts';
import type {
  CompiledMatch,
  CompiledNamedMatch,
  CompiledPath,
  Hostname,
  PortTable,
  RouteEntry,
} from './table.ts';

export interface MatchInput extends Fields {
  readonly method: string;
  /** Authority as sent, with or without a port. */
  readonly host: string;
  readonly target: string;
  /** The body's model name; undefined while the body has not been read, null when it has none. */
  readonly model: string | null | undefined;
}

export type MatchResult =
  | { readonly type: 'matched'; readonly entry: RouteEntry }
  /** A rule that comes first may match once the body's model is known. */
  | { readonly type: 'needs-model' }
  | { readonly type: 'none' };

const none: MatchResult = { type: 'none' };
const needsModel: MatchResult = { type: 'needs-model' };

/** The rule for a request: most specific listener, then hostname, then the order of the table. */
export function matchRoute(table: PortTable, input: MatchInput): MatchResult {
  const host = hostWithoutPort(input.host);
  for (const listener of table.listeners) {
    if (!matchesHostname(listener.hostname, host)) continue;
    for (const group of listener.hosts) {
      if (!matchesHostname(group.hostname, host)) continue;
      const result = matchEntries(group.entries, input);
      if (result !== none) return result;
    }
    return none;
  }
  return none;
}

function matchEntries(entries: readonly RouteEntry[], input: MatchInput): MatchResult {
  const queryStart = input.target.indexOf('?');
  const path = queryStart < 0 ? input.target : input.target.slice(0, queryStart);
  const query = queryStart < 0 ? '' : input.target.slice(queryStart + 1);
  for (const entry of entries) {
    const { match } = entry;
    if (!matchesPath(match.path, path)) continue;
    if (match.method !== null && match.method !== input.method) continue;
    if (match.query.length > 0 && !matchesQuery(match.query, query)) continue;
    const headers = matchesHeaders(match, input);
    if (headers === 'yes') return { type: 'matched', entry };
    if (headers === 'needs-model') return needsModel;
  }
  return none;
}

function matchesHostname(hostname: Hostname, host: string): boolean {
  if (hostname.type === 'any') return true;
  if (hostname.type === 'exact') return hostname.name === host;
  return host.length > hostname.suffix.length && host.endsWith(hostname.suffix);
}

/** Prefixes match whole segments: `/a/b` is under `/a`, `/ab` is not. */
export function matchesPath(match: CompiledPath, path: string): boolean {
  if (match.type === 'exact') return match.value === path;
  if (match.type === 'regex') return match.pattern.test(path);
  const { value } = match;
  if (!path.startsWith(value)) return false;
  return path.length === value.length || value === '' || path.charCodeAt(value.length) === 0x2f;
}

function matchesHeaders(match: CompiledMatch, input: MatchInput): 'yes' | 'no' | 'needs-model' {
  let result: 'yes' | 'needs-model' = 'yes';
  for (const header of match.headers) {
    let value = combinedField(input, header.name);
    if (value === undefined && header.name === modelNameHeader) {
      if (input.model === undefined) {
        result = 'needs-model';
        continue;
      }
      value = input.model ?? undefined;
    }
    if (value === undefined || !matchesValue(header, value)) return 'no';
  }
  return result;
}

/** Repeated fields count as one with a comma-separated value (RFC 9110 5.3). */
function combinedField(fields: Fields, name: string): string | undefined {
  const first = fields.names.indexOf(name);
  if (first < 0) return undefined;
  if (fields.names.indexOf(name, first + 1) < 0) return fields.values[first];
  return fields.values.filter((_, i) => fields.names[i] === name).join(',');
}

function matchesQuery(matches: readonly CompiledNamedMatch[], query: string): boolean {
  const parameters = new URLSearchParams(query);
  return matches.every((match) => {
    const value = parameters.get(match.name);
    return value !== null && matchesValue(match, value);
  });
}

function matchesValue(match: CompiledNamedMatch, value: string): boolean {
  return typeof match.test === 'string' ? match.test === value : match.test.test(value);
}

function hostWithoutPort(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  return (end > 0 ? host.slice(0, end) : host).toLowerCase();
}
