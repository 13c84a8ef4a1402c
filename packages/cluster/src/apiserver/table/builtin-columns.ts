import type { ResourceKind } from '@weir/api/meta';
import { ageText } from './age.ts';
import { nameColumn } from './custom-columns.ts';
import type { Column } from './table.ts';

const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  description: 'Time since the object was created.',
  cell: (object, now) => ageText(object.metadata.creationTimestamp, now),
};

/** The columns that kubectl users know from a cluster. */
export function builtinColumns(_kind: ResourceKind): readonly Column[] {
  return [nameColumn, ageColumn];
}
