import { isList, isMap, isTrue, show, type Value } from './value.ts';

/** Arguments come unevaluated, so that `and` and `or` stop early as in Go. */
export type TemplateFunction = (args: readonly (() => Value)[]) => Value;

export class FunctionError extends Error {}

/** The built-in functions of Go templates. */
export const builtinFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', (args) => pick(args, (value) => !isTrue(value))],
  ['or', (args) => pick(args, isTrue)],
  ['not', eager(1, ([value]) => !isTrue(value ?? null))],
  ['eq', eager(2, ([first, ...rest]) => rest.some((value) => isSame(first ?? null, value)))],
  ['ne', eager(2, ([a, b]) => !isSame(a ?? null, b ?? null))],
  ['lt', eager(2, ([a, b]) => compare(a ?? null, b ?? null) < 0)],
  ['le', eager(2, ([a, b]) => compare(a ?? null, b ?? null) <= 0)],
  ['gt', eager(2, ([a, b]) => compare(a ?? null, b ?? null) > 0)],
  ['ge', eager(2, ([a, b]) => compare(a ?? null, b ?? null) >= 0)],
  ['len', eager(1, ([value]) => lengthOf(value ?? null))],
  ['index', eager(1, ([value, ...keys]) => keys.reduce<Value>(indexInto, value ?? null))],
  ['print', eager(0, (values) => values.map(show).join(''))],
  ['println', eager(0, (values) => `${values.map(show).join(' ')}\n`)],
  ['printf', eager(1, ([format, ...values]) => printf(asString(format ?? null), values))],
]);

/** A function whose arguments are all evaluated; `least` is how many it needs. */
export function eager(least: number, body: (values: readonly Value[]) => Value): TemplateFunction {
  return (args) => {
    if (args.length < least) throw new FunctionError(`wants at least ${least} arguments, got ${args.length}`);
    return body(args.map((argument) => argument()));
  };
}

export function asString(value: Value): string {
  if (typeof value === 'string') return value;
  throw new FunctionError(`wants a string, got ${show(value)}`);
}

function pick(args: readonly (() => Value)[], stops: (value: Value) => boolean): Value {
  let value: Value = null;
  for (const argument of args) {
    value = argument();
    if (stops(value)) break;
  }
  return value;
}

function isSame(a: Value, b: Value): boolean {
  const isPlain = (value: Value): boolean => value === null || typeof value !== 'object';
  if (!isPlain(a) || !isPlain(b)) throw new FunctionError('only plain values can be compared');
  if (a !== null && b !== null && typeof a !== typeof b) {
    throw new FunctionError(`incompatible types: ${show(a)} and ${show(b)}`);
  }
  return a === b;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw new FunctionError(`cannot order ${show(a)} and ${show(b)}`);
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return new TextEncoder().encode(value).length;
  if (isList(value)) return value.length;
  if (value !== null && isMap(value)) return value.entries.size;
  throw new FunctionError(`${show(value)} has no length`);
}

function indexInto(value: Value, key: Value): Value {
  if (isList(value)) {
    const item = typeof key === 'number' ? value[key] : undefined;
    if (item === undefined) throw new FunctionError(`no item ${show(key)} in a list of ${value.length}`);
    return item;
  }
  if (value !== null && isMap(value)) {
    const item = value.entries.get(asString(key));
    if (item === undefined) throw new FunctionError(`no key "${show(key)}"`);
    return item;
  }
  throw new FunctionError(`${show(value)} cannot be indexed`);
}

function printf(format: string, values: readonly Value[]): string {
  let next = 0;
  return format.replace(
    /%([-+0 ]*)(\d{0,3})(?:\.(\d{1,3}))?([a-zA-Z%])/g,
    (_, flags, width, precision, verb) => {
      if (verb === '%') return '%';
      const value = values[next++];
      if (value === undefined) throw new FunctionError(`%${verb} has no argument`);
      return pad(formatVerb(verb, value, precision), flags, Number(width));
    },
  );
}

function formatVerb(verb: string, value: Value, precision: string | undefined): string {
  const isNumber = typeof value === 'number';
  switch (verb) {
    case 's':
    case 'v':
      return precision === undefined ? show(value) : show(value).slice(0, Number(precision));
    case 'q':
      return JSON.stringify(show(value));
    case 't':
      return String(isTrue(value));
    case 'd':
      if (isNumber) return String(Math.trunc(value));
      break;
    case 'f':
      if (isNumber) return value.toFixed(precision === undefined ? 6 : Number(precision));
      break;
    case 'x':
      if (isNumber) return value.toString(16);
      break;
    default:
      throw new FunctionError(`verb %${verb} is not supported`);
  }
  throw new FunctionError(`%${verb} wants a number, got ${show(value)}`);
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') ? '0' : ' ');
}
