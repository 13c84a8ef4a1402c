import type { parse } from '@bufbuild/cel';
import type { StructuralSchema } from '../../structural.ts';
import { callTerm } from './calls.ts';
import { hasTerm, indexTerm, selectTerm } from './fields.ts';
import { allTerm, existsOneTerm, existsTerm, filterTerm, mapTerm, rangeOf } from './loops.ts';
import { binaryOperators, conditionalTerm, notTerm } from './operators.ts';
import { commonSort, constantTerm, jsonSort, NotCompilable, type Sort, type Term, unsure } from './term.ts';

export type ParsedRule = ReturnType<typeof parse>;
type Expression = NonNullable<ParsedRule['expr']>;
type Kind<Case extends string> = Extract<Expression['exprKind'], { case: Case }> extends {
  value: infer Value;
}
  ? Value
  : never;

/** What a rule says of a value and the one before it; undefined where only the interpreter can tell. */
export type Judge = (self: unknown, oldSelf: unknown) => boolean | undefined;

interface Scope {
  readonly variables: ReadonlyMap<string, { readonly slot: number; readonly sort: Sort }>;
  /** The first place of the frame that no variable has. */
  readonly nextSlot: number;
  readonly macros: Readonly<Record<string, Expression>>;
}

/**
 * Makes closures of a rule that work on plain JSON, for values of one schema. Whatever a rule does that is not known
 * here makes it undefined as a whole: the interpreter takes it.
 */
export function compileRule({ expr, sourceInfo }: ParsedRule, schema: StructuralSchema): Judge | undefined {
  try {
    const sort = jsonSort(schema);
    const variables = new Map([
      ['self', { slot: 0, sort }],
      ['oldSelf', { slot: 1, sort }],
    ]);
    const { run } = compile(expr, { variables, nextSlot: 2, macros: sourceInfo?.macroCalls ?? {} });
    return (self, oldSelf) => {
      try {
        const result = run([self, oldSelf]);
        return typeof result === 'boolean' ? result : undefined;
      } catch (error) {
        if (error === unsure || error instanceof RangeError) return undefined;
        throw error;
      }
    };
  } catch (error) {
    if (isLeftToInterpreter(error)) return undefined;
    throw error;
  }
}

/** Unknown constructs, broken patterns, and expressions nested deeper than the stack. */
function isLeftToInterpreter(error: unknown): boolean {
  return error instanceof NotCompilable || error instanceof SyntaxError || error instanceof RangeError;
}

function compile(expression: Expression | undefined, scope: Scope): Term {
  const kind = expression?.exprKind;
  switch (kind?.case) {
    case 'constExpr':
      return literalTerm(kind.value);
    case 'identExpr':
      return variableTerm(kind.value.name, scope);
    case 'selectExpr': {
      const operand = compile(kind.value.operand, scope);
      return kind.value.testOnly ? hasTerm(operand, kind.value.field) : selectTerm(operand, kind.value.field);
    }
    case 'callExpr':
      return compileCall(kind.value, scope);
    case 'listExpr':
      return compileList(kind.value, scope);
    case 'comprehensionExpr':
      return compileMacro(kind.value, scope.macros[String(expression?.id)], scope);
    default:
      throw new NotCompilable();
  }
}

function literalTerm({ constantKind: kind }: Kind<'constExpr'>): Term {
  switch (kind.case) {
    case 'stringValue':
      return constantTerm(kind.value, { type: 'string' });
    case 'boolValue':
      return constantTerm(kind.value, { type: 'bool' });
    case 'doubleValue':
      return constantTerm(kind.value, { type: 'double' });
    case 'nullValue':
      return constantTerm(null, { type: 'null' });
    case 'int64Value':
      if (Number.isSafeInteger(Number(kind.value))) return constantTerm(Number(kind.value), { type: 'int' });
      throw new NotCompilable();
    default:
      throw new NotCompilable();
  }
}

function variableTerm(name: string, { variables }: Scope): Term {
  const variable = variables.get(name);
  if (variable === undefined) throw new NotCompilable();
  const { slot, sort } = variable;
  return { sort, slot, run: (frame) => frame[slot] };
}

function compileCall({ function: name, target, args }: Kind<'callExpr'>, scope: Scope): Term {
  // `ip.isCanonical(x)` and the like: a function with a dotted name.
  if (target?.exprKind.case === 'identExpr' && !scope.variables.has(target.exprKind.value.name)) {
    throw new NotCompilable();
  }
  const receiver = target === undefined ? undefined : compile(target, scope);
  const terms = args.map((arg) => compile(arg, scope));
  const [first, second, third] = terms;
  if (receiver !== undefined || first === undefined) return callTerm(name, receiver, terms);
  if (second === undefined) return name === '!_' ? notTerm(first) : callTerm(name, undefined, terms);
  if (third !== undefined) {
    if (name === '_?_:_') return conditionalTerm(first, second, third);
    return callTerm(name, undefined, terms);
  }
  if (name === '_[_]') return indexTerm(first, second);
  const operator = Object.hasOwn(binaryOperators, name) ? binaryOperators[name] : undefined;
  return operator === undefined ? callTerm(name, undefined, terms) : operator(first, second);
}

function compileList({ elements, optionalIndices }: Kind<'listExpr'>, scope: Scope): Term {
  const terms = elements.map((element) => compile(element, scope));
  const [first, ...rest] = terms;
  if (first === undefined || optionalIndices.length > 0) throw new NotCompilable();
  const items = rest.reduce((sort, term) => commonSort(sort, term.sort), first.sort);
  const sort: Sort = { type: 'list', items };
  if (terms.every(({ constant }) => constant !== undefined)) {
    return constantTerm(
      terms.map(({ constant }) => constant),
      sort,
    );
  }
  return { sort, run: (frame) => terms.map(({ run }) => run(frame)) };
}

/** The parser expands macros to folds and remembers which macro each was. */
function compileMacro(
  { iterVar, iterRange, loopStep }: Kind<'comprehensionExpr'>,
  macro: Expression | undefined,
  scope: Scope,
): Term {
  const range = rangeOf(compile(iterRange, scope));
  const slot = scope.nextSlot;
  const variables = new Map(scope.variables).set(iterVar, { slot, sort: range.sort });
  const inner = { ...scope, variables, nextSlot: slot + 1 };
  const step = callOf(loopStep);
  switch (callOf(macro).function) {
    case 'all':
      return allTerm(range, { slot, run: compile(step.args[1], inner).run });
    case 'exists':
      return existsTerm(range, { slot, run: compile(step.args[1], inner).run });
    case 'exists_one':
    case 'existsOne':
      return existsOneTerm(range, { slot, run: compile(step.args[0], inner).run });
    case 'filter':
      return filterTerm(range, { slot, run: compile(step.args[0], inner).run });
    case 'map': {
      const list = step.function === '_+_' ? step.args[1]?.exprKind : undefined;
      if (list?.case !== 'listExpr') throw new NotCompilable();
      return mapTerm(range, slot, compile(list.value.elements[0], inner));
    }
    default:
      throw new NotCompilable();
  }
}

function callOf(expression: Expression | undefined): Kind<'callExpr'> {
  if (expression?.exprKind.case !== 'callExpr') throw new NotCompilable();
  return expression.exprKind.value;
}
