import type { Env } from './http.ts';

/** Which files of a source are wanted: `STORAGE_ALLOW_PATTERNS` first, then `STORAGE_IGNORE_PATTERNS`. */
export function fileFilterOf(env: Env): (path: string) => boolean {
  const allow = parsePatterns(env.STORAGE_ALLOW_PATTERNS);
  const ignore = parsePatterns(env.STORAGE_IGNORE_PATTERNS);
  return (path) =>
    (allow.length === 0 || allow.some((pattern) => pattern.test(path))) &&
    !ignore.some((pattern) => pattern.test(path));
}

/** Shell wildcards over the whole text, as fnmatch has them: `*` crosses slashes. */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\[!?[^\]]+\]|[*?]|[\\^$.|+(){}[\]]/g, (token) => {
    if (token === '*') return '[^]*';
    if (token === '?') return '[^]';
    if (token.length > 1) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

/** A JSON array of texts, or a list with commas. */
function parsePatterns(text = ''): RegExp[] {
  const trimmed = text.trim();
  const globs = trimmed.startsWith('[') ? parseJsonList(trimmed) : trimmed.split(',');
  return globs
    .map((glob) => glob.trim())
    .filter((glob) => glob !== '')
    .map(globToRegExp);
}

function parseJsonList(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.map(String);
  } catch {
    // Not JSON: `[a-c]*.json` is a pattern of its own.
  }
  return text.split(',');
}
