import { nearest } from '../errors/index.ts';

/** One line for a user who typed an unknown key, with the nearest known one. */
export function unknownKeyMessage(kind: string, key: string, known: Iterable<string>): string {
  const suggestion = nearest(key, known);
  return `unknown ${kind} "${key}"${suggestion === null ? '' : ` — did you mean "${suggestion}"?`}`;
}
