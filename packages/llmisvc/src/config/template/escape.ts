const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\uFFFD',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

/** Go's HTMLEscapeString. */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => htmlEscapes[character] ?? character);
}

/** Go's JSEscapeString: safe inside a JavaScript string. */
export function escapeJs(text: string): string {
  return text.replace(/[\\'"<>&=]|[^\x20-\x7e]/gu, (character) => {
    if (character === '\\' || character === "'" || character === '"') return `\\${character}`;
    const isPrintable = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character) && character > '\x7e';
    if (isPrintable) return character;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}

/** Go's url.QueryEscape: spaces become plus signs. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\uFFFD'))
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

const namedEscapes: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

/** A Go literal of the text, between the quotes given. */
export function quoteGo(text: string, quote: '"' | "'"): string {
  const inner = text.replace(/[\s\S]/gu, (character) => {
    if (character === quote) return `\\${quote}`;
    const named = namedEscapes[character];
    if (named !== undefined) return named;
    if (character === ' ' || /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code <= 0xffff
      ? `\\u${code.toString(16).padStart(4, '0')}`
      : `\\U${code.toString(16).padStart(8, '0')}`;
  });
  return `${quote}${inner}${quote}`;
}
