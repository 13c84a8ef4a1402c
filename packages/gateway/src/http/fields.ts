/** Header fields in order, names in lower case; `names[i]` belongs to `values[i]`. Flat arrays: the hot path. */
export interface Fields {
  readonly names: string[];
  readonly values: string[];
}

/** A message that breaks HTTP's grammar or a limit; `status` is what the sender is told. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
  }
}

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 1 for the characters that RFC 9110 allows in a token. */
const isTokenByte = new Uint8Array(256);
for (const character of tokenCharacters) isTokenByte[character.charCodeAt(0)] = 1;

/** 1 for the characters allowed in a field value: tab, visible ASCII, space and obs-text. */
const isValueByte = new Uint8Array(256).fill(1, 0x20);
isValueByte[0x09] = 1;
isValueByte[0x7f] = 0;

export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) if (isTokenByte[text.charCodeAt(i)] !== 1) return false;
  return true;
}

export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (isValueByte[text.charCodeAt(i)] !== 1) return false;
  return true;
}

export function fieldOf(fields: Fields, name: string): string | undefined {
  const i = fields.names.indexOf(name);
  return i < 0 ? undefined : fields.values[i];
}

/**
 * Parses the field lines in `text[start, end)`, each ending in CRLF. Strict: no folding, no space before the colon,
 * no control characters. Throws `HttpError` 400, or 431 past `maxFields`.
 */
export function parseFields(text: string, start: number, end: number, maxFields: number): Fields {
  const names: string[] = [];
  const values: string[] = [];
  let position = start;
  while (position < end) {
    let lineEnd = text.indexOf('\r\n', position);
    if (lineEnd < 0 || lineEnd > end) lineEnd = end;
    const colon = text.indexOf(':', position);
    if (colon < 0 || colon >= lineEnd) throw malformed('a header line has no colon');
    const name = text.slice(position, colon);
    if (!isToken(name)) throw malformed('a header name holds a character that is not allowed');
    const value = trimBlanks(text, colon + 1, lineEnd);
    if (!isFieldValue(value)) throw malformed(`the value of header ${name} holds a control character`);
    if (names.length >= maxFields) {
      throw new HttpError(431, 'headers_too_large', `the request has more than ${maxFields} header fields`);
    }
    const lowerName = name.toLowerCase();
    // Parsers disagree on tabs around these two; what frames a message must be read alike by all.
    if (framesBody(lowerName) && text.slice(colon, lineEnd).includes('\t')) {
      throw malformed(`the value of header ${name} holds a tab`);
    }
    names.push(lowerName);
    values.push(value);
    position = lineEnd + 2;
  }
  return { names, values };
}

function framesBody(name: string): boolean {
  return name === 'content-length' || name === 'transfer-encoding';
}

export function malformed(what: string): HttpError {
  return new HttpError(400, 'malformed_http', `malformed HTTP message: ${what}`);
}

function trimBlanks(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Fields that belong to one connection and are never passed on (RFC 9110 7.6.1), besides those `Connection` names. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function isHopByHop(name: string): boolean {
  return hopByHop.has(name);
}

/** The names listed in all `Connection` fields, in lower case. */
export function connectionOptions(fields: Fields): readonly string[] {
  let options: string[] | null = null;
  for (let i = 0; i < fields.names.length; i++) {
    if (fields.names[i] !== 'connection') continue;
    options ??= [];
    for (const option of (fields.values[i] ?? '').split(',')) options.push(option.trim().toLowerCase());
  }
  return options ?? noOptions;
}

const noOptions: readonly string[] = [];
