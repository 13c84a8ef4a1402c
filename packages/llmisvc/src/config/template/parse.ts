import { type Command, type Node, type Operand, type Pipeline, TemplateError } from './ast.ts';
import { lexTemplate, type Segment, type Token } from './lex.ts';

/** Deeper nesting than any person writes; keeps recursion bounded. */
const maxDepth = 64;

/** Parses a Go text/template: fields, variables, if, with, range, pipelines and parentheses. */
export function parseTemplate(source: string): readonly Node[] {
  const segments = lexTemplate(source);
  const state: BlockState = { segments, next: 0, depth: 0 };
  const { nodes, ended } = parseBlock(state);
  if (ended !== null) throw new TemplateError(`unexpected {{${ended.keyword}}}`, ended.at);
  return nodes;
}

interface BlockState {
  readonly segments: readonly Segment[];
  next: number;
  depth: number;
}

interface BlockEnd {
  readonly keyword: 'else' | 'end';
  /** What follows `else`, such as `if .X`. */
  readonly rest: readonly Token[];
  readonly at: number;
}

function parseBlock(state: BlockState): { nodes: Node[]; ended: BlockEnd | null } {
  if (++state.depth > maxDepth) throw new TemplateError(`nested deeper than ${maxDepth} levels`, 0);
  const nodes: Node[] = [];
  for (;;) {
    const segment = state.segments[state.next++];
    if (segment === undefined) return leave(state, nodes, null);
    if (segment.type === 'text') {
      nodes.push(segment);
      continue;
    }
    const [first, ...rest] = segment.tokens;
    if (first === undefined) throw new TemplateError('empty action', segment.at);
    const keyword = first.type === 'identifier' ? first.text : '';
    if (keyword === 'end' || keyword === 'else') {
      return leave(state, nodes, { keyword, rest, at: segment.at });
    }
    if (keyword === 'if' || keyword === 'with' || keyword === 'range') {
      nodes.push(parseControl(state, keyword, rest, segment.at));
    } else if (['define', 'template', 'block', 'break', 'continue'].includes(keyword)) {
      throw new TemplateError(`{{${keyword}}} is not supported`, segment.at);
    } else {
      nodes.push({ type: 'action', pipeline: parsePipeline(segment.tokens, segment.at) });
    }
  }
}

function leave(
  state: BlockState,
  nodes: Node[],
  ended: BlockEnd | null,
): { nodes: Node[]; ended: BlockEnd | null } {
  state.depth--;
  return { nodes, ended };
}

function parseControl(
  state: BlockState,
  type: 'if' | 'with' | 'range',
  tokens: readonly Token[],
  at: number,
): Node {
  const pipeline = parsePipeline(tokens, at);
  const { nodes: body, ended } = parseBlock(state);
  if (ended === null) throw new TemplateError(`{{${type}}} is not closed by {{end}}`, at);
  if (ended.keyword === 'end') return { type, pipeline, body, otherwise: [] };
  const [chained, ...rest] = ended.rest;
  if (chained !== undefined) {
    if (chained.text !== type || type === 'range') {
      throw new TemplateError(`{{else ${chained.text}}} does not belong to {{${type}}}`, ended.at);
    }
    // `else if` shares the `end` of the whole chain.
    return { type, pipeline, body, otherwise: [parseControl(state, type, rest, ended.at)] };
  }
  const { nodes: otherwise, ended: last } = parseBlock(state);
  if (last === null) throw new TemplateError(`{{${type}}} is not closed by {{end}}`, at);
  if (last.keyword !== 'end') throw new TemplateError('second {{else}}', last.at);
  return { type, pipeline, body, otherwise };
}

function parsePipeline(tokens: readonly Token[], at: number): Pipeline {
  const cursor: Cursor = { tokens, next: 0, depth: 0, at };
  const pipeline = readPipeline(cursor, false);
  const extra = tokens[cursor.next];
  if (extra !== undefined) throw new TemplateError(`unexpected ${JSON.stringify(extra.text)}`, extra.at);
  return pipeline;
}

interface Cursor {
  readonly tokens: readonly Token[];
  next: number;
  depth: number;
  readonly at: number;
}

function readPipeline(cursor: Cursor, isNested: boolean): Pipeline {
  if (++cursor.depth > maxDepth) throw new TemplateError(`nested deeper than ${maxDepth} levels`, cursor.at);
  const { variables, isAssignment } = isNested
    ? { variables: [], isAssignment: false }
    : readDeclaration(cursor);
  const commands: Command[] = [readCommand(cursor)];
  while (isPunctuation(cursor, '|')) {
    cursor.next++;
    commands.push(readCommand(cursor));
  }
  cursor.depth--;
  return { variables, isAssignment, commands };
}

function readDeclaration(cursor: Cursor): { variables: string[]; isAssignment: boolean } {
  const [a, b, c, d] = cursor.tokens.slice(cursor.next, cursor.next + 4);
  if (a?.type === 'variable' && (b?.text === ':=' || b?.text === '=')) {
    cursor.next += 2;
    return { variables: [a.text], isAssignment: b.text === '=' };
  }
  if (a?.type === 'variable' && b?.text === ',' && c?.type === 'variable' && d?.text === ':=') {
    cursor.next += 4;
    return { variables: [a.text, c.text], isAssignment: false };
  }
  return { variables: [], isAssignment: false };
}

function readCommand(cursor: Cursor): Command {
  const operands: Operand[] = [];
  for (;;) {
    const token = cursor.tokens[cursor.next];
    if (token === undefined || isPunctuation(cursor, '|') || isPunctuation(cursor, ')')) break;
    operands.push(readOperand(cursor, token));
  }
  if (operands.length === 0) {
    throw new TemplateError('missing value', cursor.tokens[cursor.next]?.at ?? cursor.at);
  }
  return { operands };
}

function readOperand(cursor: Cursor, token: Token): Operand {
  cursor.next++;
  const { at } = token;
  switch (token.type) {
    case 'string':
      return { type: 'literal', value: token.text, at };
    case 'number':
      return { type: 'literal', value: Number(token.text), at };
    case 'field':
      return { type: 'field', path: [token.text.slice(1), ...readPath(cursor)], at };
    case 'dot':
      return { type: 'field', path: [], at };
    case 'variable':
      return { type: 'variable', name: token.text, path: readPath(cursor), at };
    case 'identifier':
      return keywordOperand(token);
    default:
      if (token.text !== '(') throw new TemplateError(`unexpected ${JSON.stringify(token.text)}`, at);
      return readGroup(cursor, at);
  }
}

function keywordOperand(token: Token): Operand {
  const { text, at } = token;
  if (text === 'true' || text === 'false') return { type: 'literal', value: text === 'true', at };
  if (text === 'nil') return { type: 'literal', value: null, at };
  return { type: 'function', name: text, at };
}

function readGroup(cursor: Cursor, at: number): Operand {
  const pipeline = readPipeline(cursor, true);
  if (!isPunctuation(cursor, ')')) throw new TemplateError('"(" is not closed', at);
  cursor.next++;
  return { type: 'group', pipeline, path: readPath(cursor), at };
}

/** `.A.B` directly behind an operand. */
function readPath(cursor: Cursor): string[] {
  const path: string[] = [];
  for (;;) {
    const token = cursor.tokens[cursor.next];
    if (token === undefined || token.type !== 'field' || token.isSpaced) return path;
    path.push(token.text.slice(1));
    cursor.next++;
  }
}

function isPunctuation(cursor: Cursor, text: string): boolean {
  const token = cursor.tokens[cursor.next];
  return token?.type === 'punctuation' && token.text === text;
}
