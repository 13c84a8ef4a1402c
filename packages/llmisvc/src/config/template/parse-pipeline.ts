import { type Command, type Operand, type Pipeline, TemplateError } from './ast.ts';
import type { Token } from './lex.ts';

/** Deeper nesting than any person writes; keeps recursion bounded. */
export const maxDepth = 64;

/** Parses what stands between the braces, behind a keyword if there is one. */
export function parsePipeline(tokens: readonly Token[], at: number): Pipeline {
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
  const isPair = a?.type === 'variable' && b?.text === ',' && c?.type === 'variable';
  if (isPair && (d?.text === ':=' || d?.text === '=')) {
    cursor.next += 4;
    return { variables: [a.text, c.text], isAssignment: d.text === '=' };
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
      return { type: 'literal', value: numberOf(token), at };
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

function numberOf({ text, at }: Token): number {
  const plain = text.replaceAll('_', '');
  const digits = plain.replace(/^[+-]/, '');
  // Go reads a leading zero as octal, JavaScript as decimal.
  const size = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (!Number.isFinite(size)) throw new TemplateError(`bad number ${text}`, at);
  return plain.startsWith('-') ? -size : size;
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
