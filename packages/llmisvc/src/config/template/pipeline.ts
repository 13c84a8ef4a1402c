import { nearest } from '@weir/core/errors';
import { type Command, type Operand, type Pipeline, TemplateError } from './ast.ts';
import type { Budget } from './budget.ts';
import { FunctionError, type TemplateFunction } from './functions.ts';
import { isMap, isStruct, show, type Value } from './value.ts';

export interface Run {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly budget: Budget;
}

export interface Scope {
  readonly dot: Value;
  readonly variables: Map<string, Value>;
  readonly parent: Scope | null;
}

/** Evaluates a pipeline and sets the variable in front of it, if there is one. */
export function declare(pipeline: Pipeline, scope: Scope, run: Run): Value {
  const value = evaluatePipeline(pipeline, scope, run);
  const [name, second] = pipeline.variables;
  if (name === undefined) return value;
  if (second !== undefined) throw new TemplateError('two variables belong to {{range}}', atOf(pipeline));
  const owner = pipeline.isAssignment ? scopeOf(name, scope) : scope;
  if (owner === null) throw new TemplateError(`undefined variable "${name}"`, atOf(pipeline));
  owner.variables.set(name, value);
  return value;
}

export function evaluatePipeline(pipeline: Pipeline, scope: Scope, run: Run): Value {
  let piped: Value | undefined;
  for (const command of pipeline.commands) piped = evaluateCommand(command, piped, scope, run);
  return piped ?? null;
}

export function scopeOf(name: string, scope: Scope): Scope | null {
  for (let one: Scope | null = scope; one !== null; one = one.parent) if (one.variables.has(name)) return one;
  return null;
}

export function atOf(pipeline: Pipeline): number {
  return pipeline.commands[0]?.operands[0]?.at ?? 0;
}

function evaluateCommand(command: Command, piped: Value | undefined, scope: Scope, run: Run): Value {
  const [first, ...rest] = command.operands;
  if (first === undefined) throw new TemplateError('missing value', 0);
  if (first.type !== 'function') {
    if (rest.length > 0 || piped !== undefined)
      throw new TemplateError('only functions take arguments', first.at);
    if (first.type === 'literal' && first.value === null)
      throw new TemplateError('nil is not a value', first.at);
    return evaluateOperand(first, scope, run);
  }
  return call(first, rest, piped, scope, run);
}

function call(
  operand: Extract<Operand, { type: 'function' }>,
  operands: readonly Operand[],
  piped: Value | undefined,
  scope: Scope,
  run: Run,
): Value {
  const { functions, budget } = run;
  const { at, name } = operand;
  const known = functions.get(name);
  if (known === undefined) {
    throw new TemplateError(`unknown function "${name}"${hint(name, functions.keys())}`, at);
  }
  const counted = (value: Value): Value => {
    budget.spend(at, typeof value === 'string' ? value.length : 0);
    return value;
  };
  const args = operands.map((one) => () => counted(evaluateOperand(one, scope, run)));
  if (piped !== undefined) args.push(() => counted(piped));
  try {
    const result = counted(known(args));
    if (typeof result === 'string') budget.checkLength(result, at);
    return result;
  } catch (error) {
    if (error instanceof FunctionError) throw new TemplateError(`${name}: ${error.message}`, at);
    // A string that even the engine cannot hold.
    if (error instanceof RangeError) throw new TemplateError(`${name}: the result is too large`, at);
    throw error;
  }
}

function evaluateOperand(operand: Operand, scope: Scope, run: Run): Value {
  switch (operand.type) {
    case 'literal':
      return operand.value;
    case 'field':
      return follow(scope.dot, operand.path, '', operand.at);
    case 'variable': {
      const value = scopeOf(operand.name, scope)?.variables.get(operand.name);
      if (value === undefined) throw new TemplateError(`undefined variable "${operand.name}"`, operand.at);
      return follow(value, operand.path, operand.name, operand.at);
    }
    case 'group':
      return follow(evaluatePipeline(operand.pipeline, scope, run), operand.path, '(…)', operand.at);
    case 'function':
      return call(operand, [], undefined, scope, run);
  }
}

/** Goes down from a value by field names; `prefix` is how the start is written in the template. */
export function follow(start: Value, path: readonly string[], prefix: string, at: number): Value {
  let value = start;
  let shown = prefix;
  for (const name of path) {
    if (value === null) throw new TemplateError(`${shown} is not set, so it has no field "${name}"`, at);
    value = fieldOf(value, name, shown, at);
    shown = `${shown}.${name}`;
  }
  return value;
}

function fieldOf(value: Value, name: string, shown: string, at: number): Value {
  if (isStruct(value)) {
    const found = value.field(name);
    if (found !== undefined) return found;
    throw new TemplateError(
      `unknown variable "${shown}.${name}"${hint(name, value.fieldNames, `${shown}.`)}`,
      at,
    );
  }
  if (isMap(value)) {
    const found = value.entries.get(name);
    if (found !== undefined) return found;
    throw new TemplateError(`${shown} has no key "${name}"${hint(name, value.entries.keys())}`, at);
  }
  throw new TemplateError(`${shown} is ${show(value)}, which has no field "${name}"`, at);
}

function hint(name: string, candidates: Iterable<string>, prefix = ''): string {
  const suggestion = nearest(name, candidates);
  return suggestion === null ? '' : ` — did you mean "${prefix}${suggestion}"?`;
}
