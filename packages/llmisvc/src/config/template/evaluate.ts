import { nearest } from '@weir/core/errors';
import { type Command, type Node, type Operand, type Pipeline, TemplateError } from './ast.ts';
import { FunctionError, type TemplateFunction } from './functions.ts';
import { isList, isMap, isStruct, isTrue, show, type Value } from './value.ts';

/** A rendered string never gets longer than what an API server stores. */
const maxOutput = 1024 * 1024;

export interface Environment {
  readonly root: Value;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
}

/** Executes a parsed template. A missing field, key or variable is an error. */
export function evaluateTemplate(nodes: readonly Node[], environment: Environment): string {
  const run: Run = { environment, output: [], length: 0 };
  const scope: Scope = { dot: environment.root, variables: new Map([['$', environment.root]]), parent: null };
  runNodes(nodes, scope, run);
  return run.output.join('');
}

interface Run {
  readonly environment: Environment;
  readonly output: string[];
  length: number;
}

interface Scope {
  readonly dot: Value;
  readonly variables: Map<string, Value>;
  readonly parent: Scope | null;
}

function runNodes(nodes: readonly Node[], scope: Scope, run: Run): void {
  for (const node of nodes) runNode(node, scope, run);
}

function runNode(node: Node, scope: Scope, run: Run): void {
  switch (node.type) {
    case 'text':
      write(run, node.text);
      break;
    case 'action': {
      const value = declare(node.pipeline, scope, run);
      if (node.pipeline.variables.length === 0) write(run, show(value));
      break;
    }
    case 'range':
      runRange(node, scope, run);
      break;
    default:
      runCondition(node, scope, run);
  }
}

function runCondition(node: Extract<Node, { type: 'if' | 'with' }>, scope: Scope, run: Run): void {
  const inner: Scope = { dot: scope.dot, variables: new Map(), parent: scope };
  const value = declare(node.pipeline, inner, run);
  if (isTrue(value)) runNodes(node.body, node.type === 'with' ? { ...inner, dot: value } : inner, run);
  else runNodes(node.otherwise, inner, run);
}

function runRange(node: Extract<Node, { type: 'range' }>, scope: Scope, run: Run): void {
  const { pipeline } = node;
  const items = itemsOf(evaluatePipeline(pipeline, scope, run), pipeline);
  if (items.length === 0) runNodes(node.otherwise, scope, run);
  for (const [key, item] of items) {
    const variables = new Map<string, Value>();
    const [first, second] = pipeline.variables;
    if (first !== undefined && second !== undefined) variables.set(first, key).set(second, item);
    else if (first !== undefined) variables.set(first, item);
    runNodes(node.body, { dot: item, variables, parent: scope }, run);
  }
}

function itemsOf(value: Value, pipeline: Pipeline): (readonly [Value, Value])[] {
  if (value === null) return [];
  if (isList(value)) return value.map((item, index) => [index, item] as const);
  if (isMap(value)) return [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  throw new TemplateError(`range over ${show(value)}, which is neither a list nor a map`, atOf(pipeline));
}

function declare(pipeline: Pipeline, scope: Scope, run: Run): Value {
  const value = evaluatePipeline(pipeline, scope, run);
  const [name] = pipeline.variables;
  if (name === undefined) return value;
  const owner = pipeline.isAssignment ? scopeOf(name, scope) : scope;
  if (owner === null) throw new TemplateError(`undefined variable "${name}"`, atOf(pipeline));
  owner.variables.set(name, value);
  return value;
}

function evaluatePipeline(pipeline: Pipeline, scope: Scope, run: Run): Value {
  let piped: Value | undefined;
  for (const command of pipeline.commands) piped = evaluateCommand(command, piped, scope, run);
  return piped ?? null;
}

function evaluateCommand(command: Command, piped: Value | undefined, scope: Scope, run: Run): Value {
  const [first, ...rest] = command.operands;
  if (first === undefined) throw new TemplateError('missing value', 0);
  if (first.type !== 'function') {
    if (rest.length > 0 || piped !== undefined)
      throw new TemplateError('only functions take arguments', first.at);
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
  const { functions } = run.environment;
  const known = functions.get(operand.name);
  if (known === undefined) {
    throw new TemplateError(
      `unknown function "${operand.name}"${hint(operand.name, functions.keys())}`,
      operand.at,
    );
  }
  const args = operands.map((one) => () => evaluateOperand(one, scope, run));
  if (piped !== undefined) args.push(() => piped);
  try {
    return known(args);
  } catch (error) {
    if (error instanceof FunctionError)
      throw new TemplateError(`${operand.name}: ${error.message}`, operand.at);
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
      const owner = scopeOf(operand.name, scope);
      const value = owner?.variables.get(operand.name);
      if (value === undefined) throw new TemplateError(`undefined variable "${operand.name}"`, operand.at);
      return follow(value, operand.path, operand.name, operand.at);
    }
    case 'group':
      return follow(evaluatePipeline(operand.pipeline, scope, run), operand.path, '(…)', operand.at);
    case 'function':
      return call(operand, [], undefined, scope, run);
  }
}

function follow(start: Value, path: readonly string[], prefix: string, at: number): Value {
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

function scopeOf(name: string, scope: Scope): Scope | null {
  for (let one: Scope | null = scope; one !== null; one = one.parent) if (one.variables.has(name)) return one;
  return null;
}

function atOf(pipeline: Pipeline): number {
  return pipeline.commands[0]?.operands[0]?.at ?? 0;
}

function write(run: Run, text: string): void {
  run.length += text.length;
  if (run.length > maxOutput) throw new TemplateError(`renders to more than ${maxOutput} characters`, 0);
  run.output.push(text);
}
