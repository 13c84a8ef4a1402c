import type { HeaderModifier, HTTPRouteFilter, PathModifier } from '@weir/api/gateway';
import type { Fields } from '../http/fields.ts';
import type { CompiledFilters, Redirect } from './table.ts';

const noFilters: CompiledFilters = {
  request: [],
  response: [],
  hostname: null,
  path: null,
  redirect: null,
};

/** Compiles the filters of a rule or backend, or says which one this gateway does not support. */
export function compileFilters(
  filters: readonly HTTPRouteFilter[],
): CompiledFilters | { unsupported: string } {
  if (filters.length === 0) return noFilters;
  const request: HeaderModifier[] = [];
  const response: HeaderModifier[] = [];
  let hostname: string | null = null;
  let path: PathModifier | null = null;
  let redirect: Redirect | null = null;
  for (const filter of filters) {
    if (filter.type === 'RequestHeaderModifier') request.push(filter.requestHeaderModifier ?? {});
    else if (filter.type === 'ResponseHeaderModifier') response.push(filter.responseHeaderModifier ?? {});
    else if (filter.type === 'URLRewrite') {
      hostname = filter.urlRewrite?.hostname ?? hostname;
      path = filter.urlRewrite?.path ?? path;
    } else if (filter.type === 'RequestRedirect') redirect = redirectOf(filter.requestRedirect ?? {});
    else return { unsupported: `filter type ${filter.type}` };
  }
  return { request, response, hostname, path, redirect };
}

function redirectOf(filter: NonNullable<HTTPRouteFilter['requestRedirect']>): Redirect {
  return {
    scheme: filter.scheme ?? null,
    hostname: filter.hostname ?? null,
    path: filter.path ?? null,
    port: filter.port ?? null,
    status: filter.statusCode ?? 302,
  };
}

/** Applies modifiers in order: within one, set, then add, then remove. */
export function modifyFields(fields: Fields, modifiers: readonly HeaderModifier[]): Fields {
  if (modifiers.length === 0) return fields;
  const names = [...fields.names];
  const values = [...fields.values];
  for (const modifier of modifiers) {
    for (const { name, value } of modifier.set ?? []) {
      removeField(names, values, name.toLowerCase());
      names.push(name.toLowerCase());
      values.push(value);
    }
    for (const { name, value } of modifier.add ?? []) {
      names.push(name.toLowerCase());
      values.push(value);
    }
    for (const name of modifier.remove ?? []) removeField(names, values, name.toLowerCase());
  }
  return { names, values };
}

function removeField(names: string[], values: string[], name: string): void {
  for (let i = names.indexOf(name); i >= 0; i = names.indexOf(name, i)) {
    names.splice(i, 1);
    values.splice(i, 1);
  }
}

/** The target after a path modifier; `prefix` is what the rule matched, or null when it did not match a prefix. */
export function rewriteTarget(target: string, modifier: PathModifier, prefix: string | null): string {
  const queryStart = target.indexOf('?');
  const path = queryStart < 0 ? target : target.slice(0, queryStart);
  const query = queryStart < 0 ? '' : target.slice(queryStart);
  if (modifier.type === 'ReplaceFullPath') return `${rooted(modifier.replaceFullPath ?? '/')}${query}`;
  const rest = path.slice(prefix?.length ?? 0);
  const replacement = modifier.replacePrefixMatch ?? '';
  const start = replacement.endsWith('/') ? replacement.slice(0, -1) : replacement;
  return `${rooted(`${start}${rest === '' || rest.startsWith('/') ? rest : `/${rest}`}`)}${query}`;
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
