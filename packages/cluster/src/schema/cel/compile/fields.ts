import { isJsonObject, type JsonObject, type StructuralSchema } from '../../structural.ts';
import { escapeName, isOpen } from '../field-names.ts';
import { jsonSort, NotCompilable, numberKind, type Run, type Sort, type Term, unsure } from './term.ts';

/** `operand.name` */
export function selectTerm(operand: Term, name: string): Term {
  const { key, schema, hidesNull } = fieldOf(operand.sort, name);
  const read = reader(operand, key);
  return {
    sort: jsonSort(schema),
    run: (frame) => {
      const value = read(frame);
      if (value === undefined || (value === null && hidesNull)) throw unsure;
      return value;
    },
  };
}

/** `has(operand.name)` */
export function hasTerm(operand: Term, name: string): Term {
  const read = reader(operand, fieldOf(operand.sort, name).key);
  return {
    sort: { type: 'bool' },
    run: (frame) => {
      const value = read(frame);
      return value !== undefined && value !== null;
    },
  };
}

/** Reads a field. Most are fields of a variable, which saves a call. */
function reader({ slot, run }: Term, key: string): Run {
  return slot === undefined ? (frame) => objectOf(run(frame))[key] : (frame) => objectOf(frame[slot])[key];
}

/** `operand[index]` of a list or a map. */
export function indexTerm(operand: Term, index: Term): Term {
  const items = itemSort(operand.sort);
  if (items !== undefined && numberKind(index.sort) === 'int') {
    return {
      sort: items,
      run: (frame) => {
        const list = listOf(operand.run(frame));
        const value = list[index.run(frame) as number];
        if (value === undefined) throw unsure;
        return value;
      },
    };
  }
  if (operand.sort.type !== 'json' || !isMap(operand.sort.schema)) throw new NotCompilable();
  return {
    sort: jsonSort(operand.sort.schema?.additional),
    run: (frame) => {
      const map = objectOf(operand.run(frame));
      const key = index.run(frame);
      if (typeof key !== 'string' || !Object.hasOwn(map, key)) throw unsure;
      return map[key];
    },
  };
}

/** What the items of a value are that can only be a list; undefined for all others. */
export function itemSort(sort: Sort): Sort | undefined {
  if (sort.type === 'list') return sort.items;
  if (sort.type !== 'json' || sort.schema?.type !== 'array') return undefined;
  return jsonSort(sort.schema.items);
}

/** True for objects without declared fields, whose keys are data. */
export function isMap(schema: StructuralSchema | undefined): boolean {
  return schema?.type === 'object' && schema.properties.size === 0 && isOpen(schema);
}

export function objectOf(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw unsure;
  return value;
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unsure;
  return value;
}

interface Field {
  readonly key: string;
  readonly schema: StructuralSchema | undefined;
  /** A null there counts as absent. */
  readonly hidesNull: boolean;
}

/** The field that a rule means by a name. Fields that do not exist to rules are left to the interpreter. */
function fieldOf(sort: Sort, name: string): Field {
  if (sort.type !== 'json' || sort.schema === undefined || name in Object.prototype)
    throw new NotCompilable();
  const { properties, additional } = sort.schema;
  const open = isOpen(sort.schema);
  for (const [key, schema] of properties) {
    if (escapeName(key) !== name) continue;
    if (key in Object.prototype || (open && key !== name)) break;
    return { key, schema, hidesNull: !schema.nullable };
  }
  if (!open || properties.size > 0) throw new NotCompilable();
  return { key: name, schema: additional, hidesNull: false };
}
