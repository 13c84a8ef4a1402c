import type { StructuralSchema } from '../structural.ts';

/** Whether undeclared fields exist to rules. */
export function isOpen(schema: StructuralSchema | undefined): boolean {
  return schema === undefined || schema.preservesUnknown || schema.additional !== undefined;
}

const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Field names that are not CEL identifiers are written with escapes such as `__dash__` in rules. */
export function escapeName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  if (/^[A-Za-z0-9]*$/.test(name)) return name;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
