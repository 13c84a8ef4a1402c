import { TemplateError } from './ast.ts';
import { unquoteGo } from './unquote.ts';

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
    if (trimNext) text = text.replace(/^ +/, '');
    const trims = open >= 0 && /^\{\{-\s/.test(source.slice(open, open + 4));
    if (trims) text = trimEnd(text);
    if (text !== '') segments.push({ type: 'text', text });
    if (open < 0) return segments;
    const action = lexAction(source, open + (trims ? 3 : 2), open);
    if (action.tokens !== null) segments.push({ type: 'action', tokens: action.tokens, at: open });
    position = action.end;
    trimNext = action.trimsAfter;
  }
}

/**
 * parity: the reference renders templates inside JSON text (config_merge.go), where line breaks are escapes, so that
 * trim markers take spaces only. Presets rely on it: a line break after a backslash must stay.
 */
function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x20) end--;
  return text.slice(0, end);
}

interface LexedAction {
  /** Null for a comment. */
  readonly tokens: readonly Token[] | null;
  readonly end: number;
  readonly trimsAfter: boolean;
}

const commentPattern = /\s*\/\*[\s\S]*?\*\/\s*(-?\}\})/y;
const spacePattern = /\s+/y;

function lexAction(source: string, start: number, open: number): LexedAction {
  const comment = matchAt(commentPattern, source, start);
  if (comment !== null) {
    return { tokens: null, end: start + comment[0].length, trimsAfter: comment[1] === '-}}' };
  }
  const tokens: Token[] = [];
  let position = start;
  let isSpaced = true;
  while (position < source.length) {
    const space = matchAt(spacePattern, source, position);
    if (space !== null) {
      position += space[0].length;
      isSpaced = true;
      continue;
    }
    if (source.startsWith('}}', position)) return { tokens, end: position + 2, trimsAfter: false };
    if (isSpaced && source.startsWith('-}}', position)) {
      return { tokens, end: position + 3, trimsAfter: true };
    }
    const { token, length } = lexToken(source, position, isSpaced);
    tokens.push(token);
    position += length;
    isSpaced = false;
  }
  throw new TemplateError('action "{{" is not closed by "}}"', open);
}

const rawPattern = /`([^`]*)`/y;
const quotedPattern = /"(?:[^"\\\n]|\\.)*"/y;
const characterPattern = /'(?:[^'\\\n]|\\.[0-9a-fA-F]*)'/uy;
const patterns: readonly (readonly [Token['type'], RegExp])[] = [
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  [
    'number',
    /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+(?![\d.eE])|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y,
  ],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['identifier', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['punctuation', /:=|[=|(),]/y],
  ['dot', /\./y],
];

function lexToken(source: string, at: number, isSpaced: boolean): { token: Token; length: number } {
  const raw = matchAt(rawPattern, source, at);
  if (raw !== null)
    return { token: { type: 'string', text: raw[1] ?? '', at, isSpaced }, length: raw[0].length };
  const quoted = matchAt(quotedPattern, source, at);
  if (quoted !== null) {
    const text = unquoteGo(quoted[0].slice(1, -1), at);
    return { token: { type: 'string', text, at, isSpaced }, length: quoted[0].length };
  }
  const character = matchAt(characterPattern, source, at);
  if (character !== null) {
    const text = String(unquoteGo(character[0].slice(1, -1), at).codePointAt(0));
    return { token: { type: 'number', text, at, isSpaced }, length: character[0].length };
  }
  for (const [type, pattern] of patterns) {
    const match = matchAt(pattern, source, at);
    if (match !== null) return { token: { type, text: match[0], at, isSpaced }, length: match[0].length };
  }
  throw new TemplateError(`unexpected ${JSON.stringify(source.charAt(at))} in an action`, at);
}

/** Matches a sticky pattern where it stands, without copying the rest of the text. */
function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
