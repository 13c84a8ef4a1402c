import { isCelError, isCelList } from '@bufbuild/cel';
import { maxMatchedLength, toPattern } from '../../pattern.ts';
import { codePoints } from '../../text-length.ts';
import { plainDurationMs } from '../duration.ts';
import { celEnvironment } from '../environment.ts';
import { isMap, itemSort, listOf, objectOf } from './fields.ts';
import { constantTerm, isText, NotCompilable, numberKind, type Sort, type Term, unsure } from './term.ts';

const string: Sort = { type: 'string' };
const bool: Sort = { type: 'bool' };
const int: Sort = { type: 'int' };

/** A call of a function (without a target) or a method. */
export function callTerm(name: string, target: Term | undefined, args: readonly Term[]): Term {
  const [first, second, ...rest] = target === undefined ? args : [target, ...args];
  if (first === undefined) throw new NotCompilable();
  if (second === undefined && name === 'size') return sizeTerm(first);
  if (second === undefined && target === undefined && name === 'duration') return durationTerm(first);
  if (target !== undefined && second !== undefined && rest.length === 0) {
    const test = Object.hasOwn(textTests, name) ? textTests[name] : undefined;
    if (test !== undefined) return testTerm(test, first, second);
    if (name === 'matches' && typeof second.constant === 'string') return matchTerm(first, second.constant);
  }
  return borrowedTerm(name, target, args);
}

function sizeTerm({ run, sort }: Term): Term {
  if (isText(sort)) return { sort: int, run: (frame) => codePoints(textOf(run(frame))) };
  if (itemSort(sort) !== undefined) return { sort: int, run: (frame) => listOf(run(frame)).length };
  if (sort.type !== 'json' || !isMap(sort.schema)) throw new NotCompilable();
  return { sort: int, run: (frame) => Object.keys(objectOf(run(frame))).length };
}

/** Durations as Gateway API writes them, in milliseconds. */
function durationTerm({ run, constant }: Term): Term {
  const sort: Sort = { type: 'duration' };
  const known = typeof constant === 'string' ? plainDurationMs(constant) : undefined;
  if (known !== undefined) return constantTerm(known, sort);
  return {
    sort,
    run: (frame) => {
      const ms = plainDurationMs(textOf(run(frame)));
      if (ms === undefined) throw unsure;
      return ms;
    },
  };
}

type TextTest = (text: string, part: string) => boolean;

const textTests: Readonly<Record<string, TextTest>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

function testTerm(test: TextTest, text: Term, part: Term): Term {
  return { sort: bool, run: (frame) => test(textOf(text.run(frame)), textOf(part.run(frame))) };
}

/** The pattern is compiled once; a text too long for it is an error of the rule. */
function matchTerm({ run }: Term, source: string): Term {
  const pattern = toPattern(source);
  return {
    sort: bool,
    run: (frame) => {
      const text = textOf(run(frame));
      if (text.length > maxMatchedLength) throw unsure;
      return pattern.test(text);
    },
  };
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw unsure;
  return value;
}

/** Functions and methods of texts and integers that the interpreter's library computes for compiled code too. */
const borrowed: Readonly<Record<string, Sort>> = {
  isIP: bool,
  isCIDR: bool,
  isURL: bool,
  lowerAscii: string,
  upperAscii: string,
  trim: string,
  replace: string,
  substring: string,
  split: { type: 'list', items: string },
};

function borrowedTerm(name: string, target: Term | undefined, args: readonly Term[]): Term {
  const sort = Object.hasOwn(borrowed, name) ? borrowed[name] : undefined;
  const group = celEnvironment().funcs.find(name);
  if (sort === undefined || group === undefined) throw new NotCompilable();
  const receiver = target === undefined ? undefined : toArgument(target);
  const values = args.map(toArgument);
  return {
    sort,
    run: (frame) => {
      const result = group.call(
        0,
        receiver?.(frame),
        values.map((value) => value(frame)),
      );
      if (typeof result === 'string' || typeof result === 'boolean') return result;
      if (isCelError(result) || !isCelList(result)) throw unsure;
      return [...result];
    },
  };
}

/** Computes an argument as the library takes it. */
function toArgument({ run, sort }: Term): (frame: unknown[]) => string | bigint {
  if (isText(sort)) return (frame) => textOf(run(frame));
  if (numberKind(sort) !== 'int') throw new NotCompilable();
  return (frame) => {
    const value = run(frame);
    if (!Number.isSafeInteger(value)) throw unsure;
    return BigInt(value as number);
  };
}
