interface JsonFault {
  /** Characters before the fault. */
  readonly position: number;
  readonly reason: string;
}

/** What may come next: a value, a member name, or what follows a value. */
type Expectation = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'separator' | 'end';

/** A token of the text: its kind, where it ends, or why there is none. */
type Token =
  | { readonly type: 'token'; readonly kind: string; readonly end: number }
  | { readonly type: 'bad string'; readonly at: number }
  | { readonly type: 'none' };

/**
 * Where a text stops being JSON. `JSON.parse` tells that a text is wrong but, depending on the run time, not where.
 * Keeps its own stack, so that deep nesting cannot exhaust ours; null when nothing is wrong.
 */
export function findJsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let expected: Expectation = 'value';
  let position = 0;
  for (;;) {
    position = skipSpace(text, position);
    if (position >= text.length) return expected === 'end' ? null : fault(text, position, expected);
    const token = readToken(text, position);
    if (token.type === 'bad string') return badString(text, token.at);
    const next: Expectation | null = token.type === 'none' ? null : advance(expected, token.kind, open);
    if (token.type === 'none' || next === null) return fault(text, position, expected);
    position = token.end;
    expected = next;
  }
}

const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)(?![\w.+-])/y;

function readToken(text: string, position: number): Token {
  const first = text[position] ?? '';
  if ('{}[],:'.includes(first)) return { type: 'token', kind: first, end: position + 1 };
  if (first === '"') return readString(text, position + 1);
  scalar.lastIndex = position;
  return scalar.test(text) ? { type: 'token', kind: 'scalar', end: scalar.lastIndex } : { type: 'none' };
}

function readString(text: string, from: number): Token {
  for (let i = from; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '"') return { type: 'token', kind: 'string', end: i + 1 };
    if (character < ' ') return { type: 'bad string', at: i };
    if (character !== '\\') continue;
    i++;
    const escaped = text[i] ?? '';
    if (escaped === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(i + 1, i + 5))) i += 4;
    else if (escaped !== '' && !'"\\/bfnrt'.includes(escaped)) return { type: 'bad string', at: i };
  }
  return { type: 'bad string', at: text.length };
}

function badString(text: string, position: number): JsonFault {
  if (position >= text.length) return { position, reason: 'a string is not closed' };
  return { position, reason: `${JSON.stringify(text[position])} is not allowed in a string here` };
}

function advance(expected: Expectation, found: string, open: ('{' | '[')[]): Expectation | null {
  const afterValue = (): Expectation => (open.length === 0 ? 'end' : 'separator');
  const closes = open.at(-1) === '{' ? '}' : ']';
  const isClosing = found === closes && ['first value', 'first name', 'separator'].includes(expected);
  if (isClosing && open.length > 0) {
    open.pop();
    return afterValue();
  }
  if (expected === 'value' || expected === 'first value') {
    if (found === '{' || found === '[') {
      open.push(found);
      return found === '{' ? 'first name' : 'first value';
    }
    return found === 'string' || found === 'scalar' ? afterValue() : null;
  }
  if (expected === 'name' || expected === 'first name') return found === 'string' ? 'colon' : null;
  if (expected === 'colon') return found === ':' ? 'value' : null;
  if (expected === 'separator' && found === ',') return open.at(-1) === '{' ? 'name' : 'value';
  return null;
}

const expectations: Readonly<Record<Expectation, string>> = {
  value: 'a value',
  'first value': 'a value or "]"',
  name: 'a member name in double quotes',
  'first name': 'a member name in double quotes or "}"',
  colon: '":"',
  separator: '"," or a closing bracket',
  end: 'the end of the text',
};

function fault(text: string, position: number, expected: Expectation): JsonFault {
  const found = position < text.length ? JSON.stringify(text[position]) : 'the end of the text';
  return { position, reason: `expected ${expectations[expected]}, found ${found}` };
}

function skipSpace(text: string, from: number): number {
  let position = from;
  while (position < text.length && ' \t\n\r'.includes(text[position] ?? '')) position++;
  return position;
}
