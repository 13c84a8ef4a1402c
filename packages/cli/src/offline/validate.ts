import { stringify } from 'yaml';
import type { CliContext } from '../context.ts';
import { type Checked, checkDocument } from './check.ts';
import { readDocuments } from './documents.ts';
import { loadSurroundings, type SurroundingsOptions } from './surroundings.ts';

/** Prints what is wrong with the documents; returns the exit code. */
export async function validate(context: CliContext, options: SurroundingsOptions): Promise<number> {
  const documents = await readDocuments(context, options.filename, options.namespace ?? 'default');
  const surroundings = await loadSurroundings(context, options, documents);
  const results = await Promise.all(documents.map((document) => checkDocument(document, surroundings)));
  const isValid = results.every(({ problems }) => problems.length === 0);
  const report = { schema: 'weir.dev/validate/v1', valid: isValid, objects: results };
  if (options.output === 'json') context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (options.output === 'yaml') context.stdout.write(stringify(report, { lineWidth: 0 }));
  else for (const result of results) context.stdout.write(textOf(result));
  return isValid ? 0 : 2;
}

function textOf({ object, problems, warnings, isChecked }: Checked): string {
  const lines = problems.flatMap(({ field, reason, message, fix }) => [
    `${object}: ${field === '' ? '' : `${field}: `}${message} (${reason})`,
    `  fix: ${fix}`,
  ]);
  lines.push(...warnings.map((warning) => `${object}: warning: ${warning}`));
  if (!isChecked) lines.push(`${object}: not checked, its schema is not part of this program`);
  else if (problems.length === 0) lines.push(`${object}: valid`);
  return lines.map((line) => `${line}\n`).join('');
}
