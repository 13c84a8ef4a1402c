import type { ResourceKind } from '@weir/api/meta';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** REST path of a collection (no name), an object or its subresource. */
export function resourcePath(
  kind: ResourceKind,
  where: { readonly namespace?: string; readonly name?: string; readonly subresource?: string },
  query: Query = {},
): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const namespace =
    kind.namespaced && where.namespace ? `/namespaces/${encodeURIComponent(where.namespace)}` : '';
  const name = where.name === undefined ? '' : `/${encodeURIComponent(where.name)}`;
  const subresource = where.subresource === undefined ? '' : `/${where.subresource}`;
  return `${root}${namespace}/${kind.plural}${name}${subresource}${queryText(query)}`;
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) parameters.set(key, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}
