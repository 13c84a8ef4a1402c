import type { Node, Operand, Pipeline, Template } from './ast.ts';
import { TemplateError } from './ast.ts';
import type { TemplateFunction } from './functions.ts';
import { lexTemplate } from './lex.ts';
import { follow } from './pipeline.ts';
import type { Value } from './value.ts';

/**
 * Checks what holds for every service: that functions and templates exist, and that fields exist where the dot is
 * still the root. `root` has every struct set. Throws a TemplateError for the first mistake.
 */
export function checkTemplate(
  template: Template,
  root: Value,
  functions: ReadonlyMap<string, TemplateFunction>,
): void {
  const check: Check = { template, root, functions };
  checkNodes(template.nodes, true, check);
  for (const nodes of template.definitions.values()) checkNodes(nodes, false, check);
}

/**
 * parity: the reference renders templates inside JSON text (config_merge.go), where a double quote has a backslash
 * before it that its parser trips over. A Config that says so works in one of the two only.
 */
export function checkQuotes(source: string): void {
  for (const segment of lexTemplate(source)) {
    if (segment.type !== 'action') continue;
    const quoted = segment.tokens.find(({ type, at }) => type === 'string' && source.charAt(at) === '"');
    if (quoted === undefined) continue;
    throw new TemplateError(
      'unexpected "\\\\" in operand — write text in back-quotes, as in `text`',
      quoted.at,
    );
  }
}

interface Check {
  readonly template: Template;
  readonly root: Value;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
}

function checkNodes(nodes: readonly Node[], isRoot: boolean, check: Check): void {
  for (const node of nodes) {
    switch (node.type) {
      case 'text':
      case 'break':
      case 'continue':
        break;
      case 'action':
        checkPipeline(node.pipeline, isRoot, check);
        break;
      case 'template':
        if (!check.template.definitions.has(node.name)) {
          throw new TemplateError(`template "${node.name}" is not defined`, node.at);
        }
        if (node.pipeline !== null) checkPipeline(node.pipeline, isRoot, check);
        break;
      default:
        checkPipeline(node.pipeline, isRoot, check);
        checkNodes(node.body, isRoot && node.type === 'if', check);
        checkNodes(node.otherwise, isRoot, check);
    }
  }
}

function checkPipeline(pipeline: Pipeline, isRoot: boolean, check: Check): void {
  for (const { operands } of pipeline.commands) {
    for (const operand of operands) checkOperand(operand, isRoot, check);
  }
}

function checkOperand(operand: Operand, isRoot: boolean, check: Check): void {
  if (operand.type === 'group') checkPipeline(operand.pipeline, isRoot, check);
  if (operand.type === 'function' && !check.functions.has(operand.name)) {
    throw new TemplateError(`unknown function "${operand.name}"`, operand.at);
  }
  const isField = operand.type === 'field' && isRoot;
  if (isField || (operand.type === 'variable' && operand.name === '$')) {
    checkPath(operand.path, operand.type === 'variable' ? '$' : '', operand.at, check.root);
  }
}

/** Below a value that is not set, and below free keys, nothing can be told. */
function checkPath(path: readonly string[], prefix: string, at: number, root: Value): void {
  let value = root;
  let shown = prefix;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !('field' in value)) return;
    try {
      value = follow(value, [name], shown, at);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new TemplateError(`can't evaluate field ${name}: ${error.message}`, at);
    }
    shown = `${shown}.${name}`;
  }
}
