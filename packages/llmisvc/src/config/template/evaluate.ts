import { type BranchNode, type Node, type Pipeline, type Template, TemplateError } from './ast.ts';
import type { Budget } from './budget.ts';
import type { TemplateFunction } from './functions.ts';
import { atOf, declare, evaluatePipeline, type Run, type Scope, scopeOf } from './pipeline.ts';
import { isList, isMap, isTrue, show, type Value } from './value.ts';

export interface Environment {
  readonly root: Value;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly budget: Budget;
}

/** `{{template}}` inside templates; deeper ones call themselves. */
const maxCalls = 32;

/** Executes a parsed template. A missing field, key or variable is an error. */
export function evaluateTemplate(template: Template, environment: Environment): string {
  const run: Execution = { ...environment, template, output: [], calls: 0 };
  runNodes(template.nodes, rootScope(environment.root), run);
  return run.output.join('');
}

interface Execution extends Run {
  readonly template: Template;
  readonly output: string[];
  calls: number;
}

/** How a list of nodes ended: at its end, or at a `break` or `continue` of the loop around it. */
type Outcome = 'done' | 'break' | 'continue';

function rootScope(dot: Value): Scope {
  return { dot, variables: new Map([['$', dot]]), parent: null };
}

function runNodes(nodes: readonly Node[], scope: Scope, run: Execution): Outcome {
  for (const node of nodes) {
    const outcome = runNode(node, scope, run);
    if (outcome !== 'done') return outcome;
  }
  return 'done';
}

function runNode(node: Node, scope: Scope, run: Execution): Outcome {
  run.budget.spend(0);
  switch (node.type) {
    case 'text':
      write(run, node.text);
      return 'done';
    case 'action': {
      const value = declare(node.pipeline, scope, run);
      if (node.pipeline.variables.length === 0) write(run, show(value));
      return 'done';
    }
    case 'break':
    case 'continue':
      return node.type;
    case 'template':
      callTemplate(node, scope, run);
      return 'done';
    case 'range':
      return runRange(node, scope, run);
    default:
      return runCondition(node, scope, run);
  }
}

function callTemplate(node: Extract<Node, { type: 'template' }>, scope: Scope, run: Execution): void {
  const nodes = run.template.definitions.get(node.name);
  if (nodes === undefined) throw new TemplateError(`template "${node.name}" is not defined`, node.at);
  const dot = node.pipeline === null ? null : evaluatePipeline(node.pipeline, scope, run);
  if (++run.calls > maxCalls) {
    throw new TemplateError(`template "${node.name}" is called more than ${maxCalls} levels deep`, node.at);
  }
  runNodes(nodes, rootScope(dot), run);
  run.calls--;
}

function runCondition(node: BranchNode, scope: Scope, run: Execution): Outcome {
  const inner: Scope = { dot: scope.dot, variables: new Map(), parent: scope };
  const value = declare(node.pipeline, inner, run);
  if (!isTrue(value)) return runNodes(node.otherwise, inner, run);
  return runNodes(node.body, node.type === 'with' ? { ...inner, dot: value } : inner, run);
}

function runRange(node: BranchNode, scope: Scope, run: Execution): Outcome {
  const { pipeline } = node;
  let isEmpty = true;
  for (const [key, item] of itemsOf(evaluatePipeline(pipeline, scope, run), pipeline)) {
    isEmpty = false;
    run.budget.spend(atOf(pipeline));
    const inner: Scope = { dot: item, variables: new Map(), parent: scope };
    setLoopVariables(pipeline, key, item, inner);
    if (runNodes(node.body, inner, run) === 'break') break;
  }
  return isEmpty ? runNodes(node.otherwise, scope, run) : 'done';
}

function setLoopVariables(pipeline: Pipeline, key: Value, item: Value, inner: Scope): void {
  const [first, second] = pipeline.variables;
  const set = (name: string, value: Value): void => {
    const owner = pipeline.isAssignment ? scopeOf(name, inner) : inner;
    if (owner === null) throw new TemplateError(`undefined variable "${name}"`, atOf(pipeline));
    owner.variables.set(name, value);
  };
  if (first !== undefined && second !== undefined) {
    set(first, key);
    set(second, item);
  } else if (first !== undefined) set(first, item);
}

/** Lists in order, maps by key, numbers as Go counts: `range 3` gives 0, 1, 2. */
function* itemsOf(value: Value, pipeline: Pipeline): Iterable<readonly [Value, Value]> {
  if (value === null) return;
  if (isList(value)) yield* value.entries();
  else if (isMap(value)) yield* [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1));
  else if (typeof value === 'number' && Number.isInteger(value)) {
    if (pipeline.variables.length > 1) throw new TemplateError('a number gives one variable', atOf(pipeline));
    for (let i = 0; i < value; i++) yield [i, i];
  } else {
    throw new TemplateError(`range over ${show(value)}, which is neither a list nor a map`, atOf(pipeline));
  }
}

function write(run: Execution, text: string): void {
  run.budget.spend(0, text.length);
  run.budget.write(text.length);
  run.output.push(text);
}
