export type ModelName =
  | { readonly type: 'found'; readonly name: string }
  | { readonly type: 'absent' }
  | { readonly type: 'malformed'; readonly message: string };

const quote = 0x22;
const backslash = 0x5c;

/**
 * The string value of the top-level `model` of a JSON object, found without parsing the rest. A repeated key: the last
 * one wins, as in every JSON parser. Bodies that are no JSON object have none.
 */
export function findModelName(body: Buffer): ModelName {
  const scan = scanTopLevel(body);
  if (scan === 'unclear') return parseModelName(body);
  return scan === null ? { type: 'absent' } : { type: 'found', name: scan };
}

function scanTopLevel(body: Buffer): string | null | 'unclear' {
  let position = skipBlanks(body, 0);
  if (body[position] !== 0x7b) return position >= body.length ? null : 'unclear';
  let depth = 0;
  let isKey = false;
  let model: string | null = null;
  for (; position < body.length; position++) {
    const byte = body[position] ?? 0;
    if (byte === quote) {
      const end = endOfString(body, position);
      if (end < 0) return 'unclear';
      if (depth === 1 && isKey) {
        isKey = false;
        // An escaped key may spell "model" too; only the real parser can tell.
        if (body.subarray(position, end).includes(backslash)) return 'unclear';
        const value = skipBlanks(body, skipBlanks(body, end + 1) + 1);
        if (isModelKey(body, position, end)) {
          const valueEnd = body[value] === quote ? endOfString(body, value) : -1;
          model = valueEnd < 0 ? null : decodeString(body, value, valueEnd);
        }
      }
      position = end;
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++;
      isKey = depth === 1;
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
      if (depth === 0) return skipBlanks(body, position + 1) < body.length ? 'unclear' : model;
    } else if (byte === 0x2c && depth === 1) isKey = true;
  }
  return 'unclear';
}

/** Offset of the closing quote of the string that opens at `start`, or -1. */
function endOfString(body: Buffer, start: number): number {
  let end = body.indexOf(quote, start + 1);
  while (end >= 0) {
    let escapes = 0;
    while (body[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end;
    end = body.indexOf(quote, end + 1);
  }
  return -1;
}

function isModelKey(body: Buffer, start: number, end: number): boolean {
  return end - start === 6 && body.toString('latin1', start + 1, end) === 'model';
}

function decodeString(body: Buffer, start: number, end: number): string | null {
  try {
    return JSON.parse(body.toString('utf8', start, end + 1)) as string;
  } catch {
    return null;
  }
}

function skipBlanks(body: Buffer, start: number): number {
  let position = start;
  while (position < body.length && isBlank(body[position] ?? 0)) position++;
  return position;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Why a body is not JSON, with the position; null when it is. For answers to requests that lead nowhere anyway. */
export function jsonProblem(body: Buffer): string | null {
  const parsed = parseModelName(body);
  return parsed.type === 'malformed' ? parsed.message : null;
}

/** For bodies that the scan cannot follow. */
function parseModelName(body: Buffer): ModelName {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    const name = (value as { model?: unknown } | null)?.model;
    return typeof name === 'string' ? { type: 'found', name } : { type: 'absent' };
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unreadable';
    return { type: 'malformed', message: `the request body is not valid JSON: ${detail}` };
  }
}
