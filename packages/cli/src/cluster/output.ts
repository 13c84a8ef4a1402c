import type { KubeObject } from '@weir/api/meta';
import { stringify } from 'yaml';
import { cliErrors } from '../errors.ts';

const outputFormats = ['json', 'yaml', 'wide', 'name'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** meta.k8s.io/v1 Table, as servers print collections. */
export interface Table {
  kind: 'Table';
  columnDefinitions: { name: string; priority?: number }[];
  rows: { cells: unknown[]; object?: { metadata?: { namespace?: string; name?: string } } }[];
}

export function parseOutputFormat(text: string): OutputFormat {
  const found = outputFormats.find((format) => format === text);
  if (found === undefined)
    throw cliErrors.USAGE({ problem: `unknown output format "${text}" — use ${outputFormats.join(', ')}` });
  return found;
}

/** Columns padded to their widest cell and three spaces, as kubectl prints them. */
export function printColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd((widths[i] ?? 0) + 3)))
      .join('')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

/** A server-side table as text; `wide` shows the columns of lower priority too. */
export function printTable(
  table: Table,
  options: { readonly wide: boolean; readonly withNamespace: boolean },
): string {
  const shown = table.columnDefinitions.flatMap((column, i) =>
    (column.priority ?? 0) === 0 || options.wide ? [i] : [],
  );
  const head = shown.map((i) => (table.columnDefinitions[i]?.name ?? '').toUpperCase());
  const rows = table.rows.map((row) => [
    ...(options.withNamespace ? [row.object?.metadata?.namespace ?? ''] : []),
    ...shown.map((i) => cellText(row.cells[i])),
  ]);
  return printColumns([[...(options.withNamespace ? ['NAMESPACE'] : []), ...head], ...rows]);
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined || cell === '') return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** One object, or several as a List, in JSON or YAML. */
export function printObjects(
  objects: readonly KubeObject[],
  format: 'json' | 'yaml',
  asList: boolean,
): string {
  const value = asList ? { apiVersion: 'v1', kind: 'List', metadata: {}, items: objects } : objects[0];
  return format === 'json' ? `${JSON.stringify(value, null, 2)}\n` : stringify(value, { lineWidth: 0 });
}
