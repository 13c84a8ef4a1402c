import { TemplateError } from './ast.ts';

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** Resolves the escapes of a Go string or character literal; the quotes are gone already. */
export function unquoteGo(text: string, at: number): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/gs,
    (sequence, hex?: string, short?: string, long?: string, octal?: string, simple?: string) => {
      const digits = hex ?? short ?? long;
      if (digits !== undefined) return fromCode(Number.parseInt(digits, 16), sequence, at);
      if (octal !== undefined) return fromCode(Number.parseInt(octal, 8), sequence, at);
      const resolved = Object.hasOwn(simpleEscapes, simple ?? '') ? simpleEscapes[simple ?? ''] : undefined;
      if (resolved === undefined) throw new TemplateError(`unknown escape ${sequence}`, at);
      return resolved;
    },
  );
}

function fromCode(code: number, sequence: string, at: number): string {
  if (code > 0x10ffff) throw new TemplateError(`${sequence} is no character`, at);
  return String.fromCodePoint(code);
}
