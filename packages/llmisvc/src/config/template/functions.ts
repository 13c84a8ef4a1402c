import { escapeHtml, escapeJs, escapeQuery } from './escape.ts';
import { formatGo } from './printf.ts';
import { isList, isMap, isTrue, show, type Value } from './value.ts';

/** Arguments come unevaluated, so that `and` and `or` stop early as in Go. */
export type TemplateFunction = (args: readonly (() => Value)[]) => Value;

export class FunctionError extends Error {}

/** The built-in functions of Go templates. */
export const builtinFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', (args) => pick(args, (value) => !isTrue(value))],
  ['or', (args) => pick(args, isTrue)],
  ['not', eager([1, 1], ([value]) => !isTrue(value ?? null))],
  ['eq', eager([2], ([first, ...rest]) => rest.some((value) => isSame(first ?? null, value)))],
  ['ne', eager([2, 2], ([a, b]) => !isSame(a ?? null, b ?? null))],
  ['lt', eager([2, 2], ([a, b]) => compare(a ?? null, b ?? null) < 0)],
  ['le', eager([2, 2], ([a, b]) => compare(a ?? null, b ?? null) <= 0)],
  ['gt', eager([2, 2], ([a, b]) => compare(a ?? null, b ?? null) > 0)],
  ['ge', eager([2, 2], ([a, b]) => compare(a ?? null, b ?? null) >= 0)],
  ['len', eager([1, 1], ([value]) => lengthOf(value ?? null))],
  ['index', eager([1], ([value, ...keys]) => keys.reduce<Value>(indexInto, value ?? null))],
  ['slice', eager([1, 4], ([value, ...bounds]) => slice(value ?? null, bounds))],
  ['print', eager([0], (values) => print(values))],
  ['println', eager([0], (values) => `${values.map(show).join(' ')}\n`)],
  ['printf', eager([1], ([format, ...values]) => formatGo(asString(format ?? null), values))],
  ['html', eager([0], (values) => escapeHtml(print(values)))],
  ['js', eager([0], (values) => escapeJs(print(values)))],
  ['urlquery', eager([0], (values) => escapeQuery(print(values)))],
  [
    'call',
    () => {
      throw new FunctionError('nothing that a template sees can be called');
    },
  ],
]);

/** A function whose arguments are all evaluated; `arity` is the least and, if there is one, the largest number. */
export function eager(
  arity: readonly [number, number?],
  body: (values: readonly Value[]) => Value,
): TemplateFunction {
  const [least, most = Number.POSITIVE_INFINITY] = arity;
  return (args) => {
    if (args.length < least || args.length > most) {
      const wanted =
        least === most ? `${least}` : args.length < least ? `at least ${least}` : `at most ${most}`;
      throw new FunctionError(`wants ${wanted} arguments, got ${args.length}`);
    }
    return body(args.map((argument) => argument()));
  };
}

export function asString(value: Value): string {
  if (typeof value === 'string') return value;
  throw new FunctionError(`wants a string, got ${show(value)}`);
}

function pick(args: readonly (() => Value)[], stops: (value: Value) => boolean): Value {
  if (args.length === 0) throw new FunctionError('wants at least 1 arguments, got 0');
  let value: Value = null;
  for (const argument of args) {
    value = argument();
    if (stops(value)) break;
  }
  return value;
}

/** Go's Sprint: a space between two operands when neither is a string. */
function print(values: readonly Value[]): string {
  return values
    .map((value, i) => {
      const isApart = i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string';
      return isApart ? ` ${show(value)}` : show(value);
    })
    .join('');
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
  if (typeof value === 'string') {
    const byte = typeof key === 'number' ? new TextEncoder().encode(value)[key] : undefined;
    if (byte === undefined) throw new FunctionError(`no byte ${show(key)} in ${JSON.stringify(value)}`);
    return byte;
  }
  // As in Go, an absent key of a map gives the zero value, which of these maps is an empty string.
  if (value !== null && isMap(value)) return value.entries.get(asString(key)) ?? '';
  throw new FunctionError(`${show(value)} cannot be indexed`);
}

function slice(value: Value, bounds: readonly Value[]): Value {
  const length = isList(value) || typeof value === 'string' ? lengthOf(value) : -1;
  if (length < 0) throw new FunctionError(`${show(value)} cannot be sliced`);
  if (bounds.length === 3 && !isList(value)) throw new FunctionError('a string takes at most two bounds');
  const [from = 0, to = length, capacity = length] = bounds;
  const isWithin = (bound: Value): bound is number =>
    typeof bound === 'number' && Number.isInteger(bound) && bound >= 0 && bound <= length;
  if (!isWithin(from) || !isWithin(to) || !isWithin(capacity) || from > to || to > capacity) {
    throw new FunctionError(`bounds ${bounds.map(show).join(', ')} do not fit a length of ${length}`);
  }
  if (isList(value)) return value.slice(from, to);
  // Go counts bytes; a cut inside a character gives the replacement character.
  return new TextDecoder().decode(new TextEncoder().encode(asString(value)).subarray(from, to));
}
