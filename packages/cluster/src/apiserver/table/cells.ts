import type { KubeObject } from '@weir/api/meta';
import { ageText } from './age.ts';
import { nameColumn } from './custom-columns.ts';
import type { Column } from './table.ts';

/** A column of a built-in kind, with the object's type. */
export function column<T extends KubeObject>(
  name: string,
  type: Column['type'],
  cell: (object: T, now: Date) => unknown,
  priority = 0,
): Column {
  return { name, type, priority, cell: (object, now) => cell(object as T, now) };
}

export const ageColumn: Column = column('Age', 'string', (object, now) =>
  ageText(object.metadata.creationTimestamp, now),
);

export const nameAndAge: readonly Column[] = [nameColumn, ageColumn];

export const none = '<none>';

/** `a,b` or `<none>`. */
export function listText(values: readonly (string | undefined)[]): string {
  const known = values.filter((value) => value !== undefined && value !== '');
  return known.length === 0 ? none : known.join(',');
}

/** `a=b,c=d` or `<none>`. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  return listText(
    Object.entries(labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .sort(),
  );
}
