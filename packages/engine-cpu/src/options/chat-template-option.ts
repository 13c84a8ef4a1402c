import { readFile } from 'node:fs/promises';
import { UsageError } from './parse-arguments.ts';

/** `--chat-template`: a file, or the template itself when it has Jinja marks. */
export async function readChatTemplate(
  value: string | null,
  toHost: (path: string) => string,
): Promise<string | null> {
  if (value === null || value.includes('{{') || value.includes('{%')) return value;
  try {
    return await readFile(toHost(value), 'utf8');
  } catch (cause) {
    throw new UsageError(`argument --chat-template: cannot read ${value}`, { cause });
  }
}
