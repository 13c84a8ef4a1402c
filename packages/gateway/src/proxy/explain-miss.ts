import { nearest } from '@weir/core/errors';
import { modelNameHeader } from '@weir/wire/headers';
import { fieldOf } from '../http/fields.ts';
import type { RequestHead } from '../http/request-head.ts';
import { matchesPath } from '../routing/match.ts';
import type { PortTable } from '../routing/table.ts';
import type { ProxyContext } from './context.ts';
import type { ErrorReply } from './error-reply.ts';

const maxListed = 8;

/** Why nothing serves a request, and what would: the models of the path, or the paths of this port. */
export function explainMiss(
  table: PortTable,
  head: RequestHead,
  bodyModel: string | null,
  context: Pick<ProxyContext, 'explainMissingRoute'>,
): ErrorReply {
  const path = head.target.split('?')[0] ?? head.target;
  const known = context.explainMissingRoute(path);
  if (known !== null) return known;
  const { models, prefixes } = whatIsServed(table, path);
  const model = fieldOf(head, modelNameHeader) ?? bodyModel;
  if (models.length > 0 && path.startsWith('/v1/')) return modelNotFound(model, models);
  return {
    status: 404,
    code: 'route_not_found',
    message: `no route for ${head.method} ${path} — ${
      prefixes.length === 0 ? 'this gateway has no routes yet' : `known paths start with: ${list(prefixes)}`
    }`,
  };
}

function modelNotFound(model: string | null, models: readonly string[]): ErrorReply {
  if (model === null) {
    return {
      status: 404,
      code: 'model_required',
      param: 'model',
      message: `this path is routed by model: send "model" in the body or header ${modelNameHeader} — known: ${list(models)}`,
    };
  }
  const suggestion = models.find((known) => known.endsWith(`/${model}`)) ?? nearest(model, models);
  const hint = suggestion === null ? `known models: ${list(models)}` : `did you mean "${suggestion}"?`;
  return {
    status: 404,
    code: 'model_not_found',
    param: 'model',
    message: `the model "${model.slice(0, 256)}" does not exist here — ${hint}`,
  };
}

function whatIsServed(table: PortTable, path: string): { models: string[]; prefixes: string[] } {
  const models = new Set<string>();
  const prefixes = new Set<string>();
  for (const listener of table.listeners) {
    for (const { entries } of listener.hosts) {
      for (const { match } of entries) {
        if (match.model !== null) {
          if (matchesPath(match.path, path)) models.add(match.model);
        } else if (match.path.type !== 'regex')
          prefixes.add(match.path.value === '' ? '/' : match.path.value);
      }
    }
  }
  return { models: [...models], prefixes: shortest([...prefixes]) };
}

/** Only prefixes that no other one covers. */
function shortest(prefixes: readonly string[]): string[] {
  return prefixes.filter(
    (prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(`${other}/`)),
  );
}

function list(items: readonly string[]): string {
  const shown = items.slice(0, maxListed).join(', ');
  return items.length > maxListed ? `${shown}, … (${items.length})` : shown;
}
