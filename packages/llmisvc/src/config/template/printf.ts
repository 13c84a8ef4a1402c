import { quoteGo } from './escape.ts';
import { isList, isMap, isTrue, show, type Value } from './value.ts';

/** Wider fields serve nobody; keeps the result in proportion to the template. */
const maxWidth = 1000;

const verbPattern =
  /%([-+# 0]*)(?:\[(\d{1,3})\])?(\*|\d+)?(?:\.(?:\[\d{1,3}\])?(\*|\d*))?(?:\[(\d{1,3})\])?([\s\S]?)/gu;

/** Go's Sprintf. What it cannot format it says in Go's way, such as `%!d(string=x)`. */
export function formatGo(format: string, values: readonly Value[]): string {
  let next = 0;
  let isReordered = false;
  const take = (): Value | undefined => values[next++];
  const text = format.replace(
    verbPattern,
    (_, flags: string, early?: string, width?: string, precision?: string, late?: string, verb = '') => {
      if (verb === '') return '%!(NOVERB)';
      if (verb === '%') return '%';
      const index = early ?? late;
      if (index !== undefined) {
        isReordered = true;
        next = Number(index) - 1;
      }
      const columns = sizeOf(width, take);
      const digits = precision === undefined ? undefined : (sizeOf(precision, take) ?? 0);
      if (index !== undefined && (next < 0 || next >= values.length)) return `%!${verb}(BADINDEX)`;
      const value = take();
      if (value === undefined) return `%!${verb}(MISSING)`;
      return formatValue({ verb, flags, digits, columns }, value);
    },
  );
  if (isReordered || next >= values.length) return text;
  const extra = values.slice(next).map((value) => `${typeName(value)}=${show(value)}`);
  return `${text}%!(EXTRA ${extra.join(', ')})`;
}

function sizeOf(text: string | undefined, take: () => Value | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const size = text === '*' ? take() : Number(text);
  return typeof size === 'number' ? Math.min(Math.abs(Math.trunc(size)), maxWidth) : undefined;
}

interface Directive {
  readonly verb: string;
  readonly flags: string;
  readonly digits: number | undefined;
  readonly columns: number | undefined;
}

/** Lists and maps are formatted item by item, as Go does. */
function formatValue(directive: Directive, value: Value): string {
  const { verb, flags, digits, columns } = directive;
  if (verb !== 'T' && value !== null && isList(value)) {
    return `[${value.map((item) => formatValue(directive, item)).join(' ')}]`;
  }
  if (verb !== 'T' && value !== null && isMap(value)) {
    const entries = [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1));
    const texts = entries.map(
      ([key, item]) => `${formatValue(directive, key)}:${formatValue(directive, item)}`,
    );
    return `map[${texts.join(' ')}]`;
  }
  return pad(formatVerb(verb, value, flags, digits), flags, columns);
}

function formatVerb(verb: string, value: Value, flags: string, digits: number | undefined): string {
  if (verb === 'v')
    return typeof value === 'number'
      ? signed(value, String(Math.abs(value)), flags)
      : cut(show(value), digits);
  if (verb === 'T') return typeName(value);
  if (typeof value === 'string') {
    const formatted = formatString(verb, value, flags, digits);
    if (formatted !== null) return formatted;
  } else if (typeof value === 'number') {
    const formatted =
      Number.isInteger(value) && !'eEfFgG'.includes(verb)
        ? formatInteger(verb, value, flags)
        : formatFloat(verb, value, flags, digits);
    if (formatted !== null) return formatted;
  } else if (typeof value === 'boolean') {
    if (verb === 't') return String(isTrue(value));
  } else if (verb === 's' && value !== null) return cut(show(value), digits);
  return value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${show(value)})`;
}

function formatString(verb: string, value: string, flags: string, digits: number | undefined): string | null {
  switch (verb) {
    case 's':
      return cut(value, digits);
    case 'q':
      return flags.includes('#') && !value.includes('`') ? `\`${value}\`` : quoteGo(cut(value, digits), '"');
    case 'x':
    case 'X': {
      const hex = [...new TextEncoder().encode(value)]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join('');
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    default:
      return null;
  }
}

const prefixes: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };
const radixes: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

function formatInteger(verb: string, value: number, flags: string): string | null {
  const radix = radixes[verb];
  if (radix !== undefined) {
    const digits = Math.abs(value).toString(radix);
    const prefix = verb === 'O' ? '0o' : flags.includes('#') ? (prefixes[verb] ?? '') : '';
    return signed(value, prefix + (verb === 'X' ? digits.toUpperCase() : digits), flags);
  }
  const isCharacter = value >= 0 && value <= 0x10ffff;
  const character = isCharacter ? String.fromCodePoint(value) : '\uFFFD';
  if (verb === 'c') return character;
  if (verb === 'q') return quoteGo(character, "'");
  if (verb === 'U') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
  return null;
}

function formatFloat(verb: string, value: number, flags: string, digits: number | undefined): string | null {
  const size = Math.abs(value);
  const precision = Math.min(digits ?? 6, 100);
  const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');
  switch (verb) {
    case 'f':
    case 'F':
      return signed(value, size.toFixed(precision), flags);
    case 'e':
      return signed(value, exponent(size.toExponential(precision)), flags);
    case 'E':
      return signed(value, exponent(size.toExponential(precision)).toUpperCase(), flags);
    case 'g':
    case 'G':
      return signed(
        value,
        exponent(String(digits === undefined ? size : Number(size.toPrecision(Math.max(1, precision))))),
        flags,
      );
    default:
      return null;
  }
}

function signed(value: number, digits: string, flags: string): string {
  if (value < 0) return `-${digits}`;
  return flags.includes('+') ? `+${digits}` : flags.includes(' ') ? ` ${digits}` : digits;
}

function cut(text: string, characters: number | undefined): string {
  return characters === undefined ? text : [...text].slice(0, characters).join('');
}

function pad(text: string, flags: string, width = 0): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0')) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

/** The Go type that a value of these templates would have. */
function typeName(value: Value): string {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (value === null) return '<nil>';
  return Array.isArray(value) ? 'slice' : (value as { readonly type: string }).type;
}
