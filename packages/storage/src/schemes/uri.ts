import { storageErrors } from '../errors.ts';

/** The name before `://` in lower case, and the rest; null when there is no scheme. */
export function splitUri(uri: string): { readonly scheme: string; readonly rest: string } | null {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(uri);
  return match === null ? null : { scheme: (match[1] ?? '').toLowerCase(), rest: match[2] ?? '' };
}

/** What follows `://`, checked for characters that no model URI has. */
export function restOf(uri: string): string {
  const rest = splitUri(uri)?.rest ?? '';
  // Control characters and blanks would end up in paths, logs and command lines.
  const isOdd = [...rest].some((character) => character <= ' ' || character === '\u007f');
  if (isOdd || uri.length > 2048) throw invalidUri(uri, 'blanks, control characters or too long');
  return rest;
}

/** A relative path inside a source; `..`, empty parts, backslashes and absolute paths are refused. */
export function isSafeRelativePath(path: string): boolean {
  if (path === '' || path.includes('\\') || path.includes('\0') || /^[a-z]:/i.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

export function invalidUri(uri: string, reason: string): Error {
  return storageErrors.INVALID_URI({ uri: uri.slice(0, 200), reason });
}
