import type { KubeObject } from '@weir/api/meta';
import type { PrinterColumn } from '../registry/served-kind.ts';
import { ageText } from './age.ts';
import { parseJsonPath } from './json-path.ts';
import type { Column } from './table.ts';

/** Columns of a custom kind: its name, then what the CRD asks for. */
export function customColumns(columns: readonly PrinterColumn[]): Column[] {
  return [nameColumn, ...columns.map(toColumn)];
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  cell: (object) => object.metadata.name ?? '',
};

function toColumn(column: PrinterColumn): Column {
  const { name, format = '', description = '', priority = 0 } = column;
  const type = toType(column.type);
  const values = parseJsonPath(column.jsonPath);
  const cell = (object: KubeObject, now: Date): unknown => {
    const found = values(object);
    if (found.length === 0) return null;
    return type === 'date' ? ageText(String(found[0]), now) : cellOf(type, found);
  };
  return { name, type: type === 'date' ? 'string' : type, format, description, priority, cell };
}

function cellOf(type: Column['type'], values: readonly unknown[]): unknown {
  const [first] = values;
  if (type === 'integer') return typeof first === 'number' ? Math.trunc(first) : null;
  if (type === 'number') return typeof first === 'number' ? first : null;
  if (type === 'boolean') return typeof first === 'boolean' ? first : null;
  return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(',');
}

function toType(type: string): Column['type'] {
  return type === 'integer' || type === 'number' || type === 'boolean' || type === 'date' ? type : 'string';
}
