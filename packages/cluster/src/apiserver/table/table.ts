import type { KubeObject } from '@weir/api/meta';
import type { Target } from '../registry/served-kind.ts';
import { partialOf } from '../rest/partial.ts';
import { builtinColumns } from './builtin-columns.ts';
import { customColumns } from './custom-columns.ts';

/** One column of a table and how its cell is found. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
  readonly cell: (object: KubeObject, now: Date) => unknown;
}

interface TableOptions {
  /** `v1` or `v1beta1` of meta.k8s.io. */
  readonly version: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** `None`, `Metadata` or `Object`. */
  readonly includeObject: string;
  readonly now: Date;
}

/** The table that kubectl prints. */
export function tableOf(target: Target, objects: readonly KubeObject[], options: TableOptions): unknown {
  const columns =
    target.version.columns === null ? builtinColumns(target.kind) : customColumns(target.version.columns);
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata: options.metadata,
    columnDefinitions: columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      ...rowObject(object, options),
    })),
  };
}

function rowObject(object: KubeObject, { includeObject, version }: TableOptions): { object?: unknown } {
  if (includeObject === 'None') return {};
  return { object: includeObject === 'Object' ? object : partialOf(object, version) };
}
