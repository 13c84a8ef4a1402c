/** Longer texts are not tried: JavaScript's patterns may take quadratic time where Go's are linear. */
export const maxMatchedLength: number = 16_384;

const compiled = new Map<string, RegExp>();
const maxCached = 2000;

/**
 * A Go (RE2) regular expression as JavaScript's, compiled once. What CRDs use means the same in both, except inline
 * flags, `\z`/`\A`, POSIX classes and named groups, which are translated. Throws a SyntaxError for what is no pattern.
 */
export function toPattern(source: string): RegExp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const pattern = compile(source);
  if (compiled.size >= maxCached) compiled.clear();
  compiled.set(source, pattern);
  return pattern;
}

function compile(source: string): RegExp {
  const inline = [
    ...new Set([...source.matchAll(/\(\?([ims]+)\)/g)].flatMap((match) => [...(match[1] ?? '')])),
  ].join('');
  // JavaScript has no flags inside a pattern; in practice they stand at its start and so mean all of it.
  const rest = source.replace(/\(\?[ims]+\)/g, '');
  const translated = rest
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => posixClasses[name] ?? whole);
  try {
    return new RegExp(translated, `u${inline}`);
  } catch {
    // The Unicode mode is stricter about escapes such as `\-` and `\_` than RE2.
    return new RegExp(translated, inline);
  }
}

const posixClasses: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};
