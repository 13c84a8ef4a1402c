import { isEqual } from '../../apply/shape.ts';
import { isMap, itemSort, listOf, objectOf } from './fields.ts';
import {
  commonSort,
  isText,
  NotCompilable,
  numberKind,
  type Run,
  type Sort,
  type Term,
  unsure,
} from './term.ts';

type Binary = (left: Term, right: Term) => Term;

/** Operators by their names in the syntax tree. */
export const binaryOperators: Readonly<Record<string, Binary>> = {
  '_&&_': (left, right) => bool((frame) => boolOf(left.run(frame)) && boolOf(right.run(frame))),
  '_||_': (left, right) => bool((frame) => boolOf(left.run(frame)) || boolOf(right.run(frame))),
  '_==_': equalTerm,
  '_!=_': (left, right) => notTerm(equalTerm(left, right)),
  '_<_': orderTerm((a, b) => a < b),
  '_<=_': orderTerm((a, b) => a <= b),
  '_>_': orderTerm((a, b) => a > b),
  '_>=_': orderTerm((a, b) => a >= b),
  '_+_': (left, right) =>
    isText(left.sort) && isText(right.sort)
      ? joinTerm(left, right)
      : arithmetic(left, right, (a, b) => a + b),
  '_-_': (left, right) => arithmetic(left, right, (a, b) => a - b),
  '_*_': (left, right) => arithmetic(left, right, (a, b) => a * b),
  '@in': inTerm,
};

export function notTerm({ run }: Term): Term {
  return bool((frame) => !boolOf(run(frame)));
}

export function conditionalTerm(condition: Term, yes: Term, no: Term): Term {
  return {
    sort: commonSort(yes.sort, no.sort),
    run: (frame) => (boolOf(condition.run(frame)) ? yes.run(frame) : no.run(frame)),
  };
}

function boolOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unsure;
  return value;
}

function bool(run: Run): Term {
  return { run, sort: { type: 'bool' } };
}

function equalTerm(left: Term, right: Term): Term {
  mustCompare(left.sort, right.sort);
  const { run } = left;
  if (right.constant !== undefined) {
    const wanted = right.constant;
    return bool((frame) => scalarOf(run(frame)) === wanted);
  }
  const isSameSort =
    left.sort.type === 'json' && right.sort.type === 'json' && left.sort.schema === right.sort.schema;
  return bool((frame) => {
    const a = run(frame);
    const b = right.run(frame);
    if (isScalar(a) && isScalar(b)) return a === b;
    // What differs as JSON can be the same to a rule: "60m" and "1h" in a duration.
    if (isSameSort && isEqual(a, b)) return true;
    throw unsure;
  });
}

function orderTerm(compare: (a: string | number, b: string | number) => boolean): Binary {
  return (left, right) => {
    mustCompare(left.sort, right.sort);
    return bool((frame) => {
      const a = left.run(frame);
      const b = right.run(frame);
      if (typeof a === 'number' && typeof b === 'number') return compare(a, b);
      if (typeof a === 'string' && typeof b === 'string') return compare(a, b);
      throw unsure;
    });
  };
}

/** Durations are numbers here, and no number equals a duration. */
function mustCompare(left: Sort, right: Sort): void {
  const isMixed = (left.type === 'duration') !== (right.type === 'duration');
  if (isMixed || left.type === 'list' || right.type === 'list') throw new NotCompilable();
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function scalarOf(value: unknown): unknown {
  if (!isScalar(value)) throw unsure;
  return value;
}

function joinTerm(left: Term, right: Term): Term {
  return {
    sort: { type: 'string' },
    run: (frame) => {
      const a = left.run(frame);
      const b = right.run(frame);
      if (typeof a !== 'string' || typeof b !== 'string') throw unsure;
      return a + b;
    },
  };
}

/** Of two integers or two doubles. Integers that a double cannot hold are left to the interpreter. */
function arithmetic(left: Term, right: Term, compute: (a: number, b: number) => number): Term {
  const type = numberKind(left.sort);
  if (type === undefined || type !== numberKind(right.sort)) throw new NotCompilable();
  const isValid = type === 'int' ? Number.isSafeInteger : (value: unknown) => typeof value === 'number';
  return {
    sort: { type },
    run: (frame) => {
      const a = left.run(frame);
      const b = right.run(frame);
      if (!isValid(a) || !isValid(b)) throw unsure;
      const result = compute(a as number, b as number);
      if (!isValid(result)) throw unsure;
      return result;
    },
  };
}

/** `value in list` and `key in map` */
function inTerm(value: Term, container: Term): Term {
  const items = itemSort(container.sort);
  if (items === undefined) return keyTerm(value, container);
  mustCompare(value.sort, items);
  if (Array.isArray(container.constant)) {
    const wanted = new Set<unknown>(container.constant);
    return bool((frame) => wanted.has(scalarOf(value.run(frame))));
  }
  return bool((frame) => {
    const wanted = scalarOf(value.run(frame));
    let isFound = false;
    for (const item of listOf(container.run(frame))) {
      if (scalarOf(item) === wanted) isFound = true;
    }
    return isFound;
  });
}

function keyTerm(value: Term, map: Term): Term {
  if (map.sort.type !== 'json' || !isMap(map.sort.schema)) throw new NotCompilable();
  return bool((frame) => {
    const key = value.run(frame);
    const object = objectOf(map.run(frame));
    if (typeof key !== 'string') throw unsure;
    // The interpreter does not see keys with null either.
    return Object.hasOwn(object, key) && object[key] !== null;
  });
}
