import { type BranchNode, type Node, type Template, TemplateError } from './ast.ts';
import { lexTemplate, type Segment, type Token } from './lex.ts';
import { maxDepth, parsePipeline } from './parse-pipeline.ts';

/** Parses a Go text/template. */
export function parseTemplate(source: string): Template {
  const state: State = {
    segments: lexTemplate(source),
    next: 0,
    depth: 0,
    rangeDepth: 0,
    definitions: new Map(),
  };
  const { nodes, ended } = parseBlock(state);
  if (ended !== null) throw new TemplateError(`unexpected {{${ended.keyword}}}`, ended.at);
  return { nodes, definitions: state.definitions };
}

interface State {
  readonly segments: readonly Segment[];
  next: number;
  depth: number;
  /** Loops around the present place; `break` and `continue` need one. */
  rangeDepth: number;
  readonly definitions: Map<string, readonly Node[]>;
}

interface Block {
  readonly nodes: Node[];
  /** What closed it; null at the end of the text. */
  readonly ended: {
    readonly keyword: 'else' | 'end';
    /** What follows `else`, such as `if .X`. */
    readonly rest: readonly Token[];
    readonly at: number;
  } | null;
}

function parseBlock(state: State): Block {
  if (++state.depth > maxDepth) throw new TemplateError(`nested deeper than ${maxDepth} levels`, 0);
  const nodes: Node[] = [];
  for (;;) {
    const segment = state.segments[state.next++];
    if (segment === undefined) return leave(state, { nodes, ended: null });
    if (segment.type === 'text') {
      nodes.push(segment);
      continue;
    }
    const [first, ...rest] = segment.tokens;
    if (first === undefined) throw new TemplateError('empty action', segment.at);
    const keyword = first.type === 'identifier' ? first.text : '';
    if (keyword === 'end' && rest[0] !== undefined) throw unexpected(rest[0], 'end');
    if (keyword === 'end' || keyword === 'else') {
      return leave(state, { nodes, ended: { keyword, rest, at: segment.at } });
    }
    const node = parseAction(state, keyword, rest, segment);
    if (node !== null) nodes.push(node);
  }
}

function leave(state: State, block: Block): Block {
  state.depth--;
  return block;
}

/** Null for a definition, which prints nothing. */
function parseAction(
  state: State,
  keyword: string,
  rest: readonly Token[],
  segment: Extract<Segment, { type: 'action' }>,
): Node | null {
  const { at } = segment;
  switch (keyword) {
    case 'if':
    case 'with':
    case 'range':
      return parseBranch(state, keyword, rest, at);
    case 'break':
    case 'continue':
      if (state.rangeDepth === 0) throw new TemplateError(`{{${keyword}}} outside {{range}}`, at);
      if (rest[0] !== undefined) throw unexpected(rest[0], keyword);
      return { type: keyword };
    case 'template':
      return { type: 'template', ...templateCall(keyword, rest, at), at };
    case 'define':
      parseDefinition(state, rest, at);
      return null;
    case 'block':
      return parseNamedBlock(state, rest, at);
    default:
      return { type: 'action', pipeline: parsePipeline(segment.tokens, at) };
  }
}

function parseBranch(
  state: State,
  type: BranchNode['type'],
  tokens: readonly Token[],
  at: number,
): BranchNode {
  const pipeline = parsePipeline(tokens, at);
  if (pipeline.variables.length > 1 && type !== 'range') {
    throw new TemplateError(`{{${type}}} takes one variable`, at);
  }
  const loop = type === 'range' ? 1 : 0;
  state.rangeDepth += loop;
  const { nodes: body, ended } = parseBlock(state);
  state.rangeDepth -= loop;
  if (ended === null) throw new TemplateError(`{{${type}}} is not closed by {{end}}`, at);
  if (ended.keyword === 'end') return { type, pipeline, body, otherwise: [] };
  const [chained, ...rest] = ended.rest;
  if (chained !== undefined) {
    if (chained.text !== type || type === 'range') {
      throw new TemplateError(`{{else ${chained.text}}} does not belong to {{${type}}}`, ended.at);
    }
    // `else if` shares the `end` of the whole chain.
    if (++state.depth > maxDepth) throw new TemplateError(`nested deeper than ${maxDepth} levels`, ended.at);
    const otherwise = [parseBranch(state, type, rest, ended.at)];
    state.depth--;
    return { type, pipeline, body, otherwise };
  }
  const { nodes: otherwise, ended: last } = parseBlock(state);
  if (last === null) throw new TemplateError(`{{${type}}} is not closed by {{end}}`, at);
  if (last.keyword !== 'end') throw new TemplateError('second {{else}}', last.at);
  return { type, pipeline, body, otherwise };
}

function templateCall(
  keyword: string,
  tokens: readonly Token[],
  at: number,
): Pick<Extract<Node, { type: 'template' }>, 'name' | 'pipeline'> {
  const [name, ...rest] = tokens;
  if (name?.type !== 'string') throw new TemplateError(`{{${keyword}}} wants a name in quotes`, at);
  return { name: name.text, pipeline: rest.length === 0 ? null : parsePipeline(rest, at) };
}

function parseDefinition(state: State, tokens: readonly Token[], at: number): void {
  if (state.depth > 1) throw new TemplateError('{{define}} inside another block', at);
  const { name, pipeline } = templateCall('define', tokens, at);
  if (pipeline !== null) throw new TemplateError('{{define}} takes a name only', at);
  state.definitions.set(name, parseBody(state, 'define', at));
}

function parseNamedBlock(state: State, tokens: readonly Token[], at: number): Node {
  const { name, pipeline } = templateCall('block', tokens, at);
  if (pipeline === null) throw new TemplateError('{{block}} wants a value behind the name', at);
  state.definitions.set(name, parseBody(state, 'block', at));
  return { type: 'template', name, pipeline, at };
}

function parseBody(state: State, keyword: string, at: number): readonly Node[] {
  const outer = state.rangeDepth;
  state.rangeDepth = 0;
  const { nodes, ended } = parseBlock(state);
  state.rangeDepth = outer;
  if (ended === null) throw new TemplateError(`{{${keyword}}} is not closed by {{end}}`, at);
  if (ended.keyword === 'else')
    throw new TemplateError(`{{else}} does not belong to {{${keyword}}}`, ended.at);
  return nodes;
}

function unexpected(token: Token, keyword: string): TemplateError {
  return new TemplateError(`unexpected ${JSON.stringify(token.text)} behind {{${keyword}}}`, token.at);
}
