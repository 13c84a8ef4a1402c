import type { StructuralSchema } from '../../structural.ts';

/** Values of the variables of a rule: `self`, `oldSelf`, then those of the loops around, outermost first. */
export type Frame = unknown[];

/** Computes a value as plain JSON: numbers of both kinds are JavaScript's, lists are arrays. */
export type Run = (frame: Frame) => unknown;

/** What is known of a value before there is one. A `json` value is part of the object, `dyn` is one of several scalars. */
export type Sort =
  | { readonly type: 'json'; readonly schema: StructuralSchema | undefined }
  | { readonly type: 'list'; readonly items: Sort }
  | { readonly type: 'bool' | 'int' | 'double' | 'string' | 'null' | 'duration' | 'dyn' };

/** A compiled part of an expression. */
export interface Term {
  readonly run: Run;
  readonly sort: Sort;
  /** Its value where that does not depend on the object. */
  readonly constant?: unknown;
  /** Its place in the frame where it is a variable. */
  readonly slot?: number;
}

/** Thrown while compiling: this expression is left to the interpreter. */
export class NotCompilable extends Error {}

/**
 * Thrown while running: an error of the rule, or a value that compiled code does not judge. The interpreter then
 * evaluates the rule again and says what is to be said. One object for all, since a stack trace would cost more than
 * the rule.
 */
export const unsure: Error = new Error('the interpreter decides');

/** Formats whose texts are times, durations or bytes to a rule. */
const convertedFormats: readonly unknown[] = ['date-time', 'date', 'duration', 'byte'];

export function jsonSort(schema: StructuralSchema | undefined): Sort {
  if (convertedFormats.includes(schema?.checks?.format)) throw new NotCompilable();
  return { type: 'json', schema };
}

export function constantTerm(value: unknown, sort: Sort): Term {
  return { run: () => value, sort, constant: value };
}

/** Which of CEL's two kinds of number a value is, where that is certain. */
export function numberKind(sort: Sort): 'int' | 'double' | undefined {
  if (sort.type === 'int' || sort.type === 'double') return sort.type;
  if (sort.type !== 'json' || sort.schema?.intOrString === true) return undefined;
  const type = sort.schema?.type;
  return type === 'integer' ? 'int' : type === 'number' ? 'double' : undefined;
}

export function isText(sort: Sort): boolean {
  return sort.type === 'string' || (sort.type === 'json' && sort.schema?.type === 'string');
}

/** What is known of a value that is one of two. */
export function commonSort(a: Sort, b: Sort): Sort {
  if (a.type === 'json' && b.type === 'json' && a.schema === b.schema) return a;
  const kind = numberKind(a);
  if (kind !== undefined && kind === numberKind(b)) return { type: kind };
  if (isText(a) && isText(b)) return { type: 'string' };
  const types = [a.type, b.type];
  if (types.includes('duration') || types.includes('list')) throw new NotCompilable();
  return a.type === b.type && a.type !== 'json' ? a : { type: 'dyn' };
}
