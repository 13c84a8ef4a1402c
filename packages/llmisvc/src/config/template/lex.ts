import { TemplateError } from './ast.ts';

export type Segment =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'action'; readonly tokens: readonly Token[]; readonly at: number };

export interface Token {
  readonly type: 'field' | 'variable' | 'identifier' | 'string' | 'number' | 'punctuation' | 'dot';
  readonly text: string;
  readonly at: number;
  /** White space stood before it: `.A .B` are two operands, `(…).A` is one. */
  readonly isSpaced: boolean;
}

/** Cuts a template into text and actions, with the trim markers applied and comments removed. */
export function lexTemplate(source: string): Segment[] {
  const segments: Segment[] = [];
  let position = 0;
  let trimNext = false;
  for (;;) {
    const open = source.indexOf('{{', position);
    let text = source.slice(position, open < 0 ? source.length : open);
    if (trimNext) text = text.trimStart();
    const trims = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    if (trims) text = text.trimEnd();
    if (text !== '') segments.push({ type: 'text', text });
    if (open < 0) return segments;
    const action = lexAction(source, open + (trims ? 3 : 2), open);
    if (action.tokens !== null) segments.push({ type: 'action', tokens: action.tokens, at: open });
    position = action.end;
    trimNext = action.trimsAfter;
  }
}

interface LexedAction {
  /** Null for a comment. */
  readonly tokens: readonly Token[] | null;
  readonly end: number;
  readonly trimsAfter: boolean;
}

function lexAction(source: string, start: number, open: number): LexedAction {
  const comment = /^\s*\/\*[\s\S]*?\*\/\s*(-?\}\})/.exec(source.slice(start));
  if (comment !== null) {
    return { tokens: null, end: start + comment[0].length, trimsAfter: comment[1] === '-}}' };
  }
  const tokens: Token[] = [];
  let position = start;
  let isSpaced = true;
  while (position < source.length) {
    const rest = source.slice(position);
    const space = /^\s+/.exec(rest);
    if (space !== null) {
      position += space[0].length;
      isSpaced = true;
      continue;
    }
    if (rest.startsWith('}}')) return { tokens, end: position + 2, trimsAfter: false };
    if (isSpaced && rest.startsWith('-}}')) return { tokens, end: position + 3, trimsAfter: true };
    const token = lexToken(rest, position, isSpaced);
    tokens.push(token.token);
    position += token.length;
    isSpaced = false;
  }
  throw new TemplateError('action "{{" is not closed by "}}"', open);
}

const patterns: readonly (readonly [Token['type'], RegExp])[] = [
  ['field', /^\.[A-Za-z_]\w*/],
  ['number', /^[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/],
  ['variable', /^\$\w*/],
  ['identifier', /^[A-Za-z_]\w*/],
  ['punctuation', /^(?::=|[=|(),])/],
  ['dot', /^\./],
];

function lexToken(rest: string, at: number, isSpaced: boolean): { token: Token; length: number } {
  const raw = /^`([^`]*)`/.exec(rest);
  if (raw !== null)
    return { token: { type: 'string', text: raw[1] ?? '', at, isSpaced }, length: raw[0].length };
  const quoted = /^"(?:[^"\\\n]|\\.)*"/.exec(rest);
  if (quoted !== null) {
    return {
      token: { type: 'string', text: unquote(quoted[0], at), at, isSpaced },
      length: quoted[0].length,
    };
  }
  for (const [type, pattern] of patterns) {
    const match = pattern.exec(rest);
    if (match !== null) return { token: { type, text: match[0], at, isSpaced }, length: match[0].length };
  }
  throw new TemplateError(`unexpected ${JSON.stringify(rest.charAt(0))} in an action`, at);
}

function unquote(text: string, at: number): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new TemplateError(`bad string ${text}`, at);
  }
}
