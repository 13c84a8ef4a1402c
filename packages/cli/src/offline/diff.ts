import { connect } from '../cluster/connect.ts';
import type { CliContext } from '../context.ts';
import { changeText, reportOf, summaryOf } from './change.ts';
import { diffDocuments } from './diff-documents.ts';
import { readDocuments } from './documents.ts';
import type { SurroundingsOptions } from './surroundings.ts';

/**
 * Prints what applying the documents would change, children included. Returns the exit code: 0 nothing would change, 2
 * something would, 1 the server refuses a document.
 */
export async function diff(context: CliContext, options: SurroundingsOptions): Promise<number> {
  const { client, fetch, namespace } = await connect(context, options);
  const documents = await readDocuments(context, options.filename, namespace);
  const { changes, refusals, notes } = await diffDocuments(documents, {
    client,
    fetch,
    systemNamespace: options.systemNamespace,
    signal: context.signal,
  });
  if (options.output === 'json') {
    const report = { schema: 'weir.dev/diff/v1', objects: changes.map(reportOf), refusals, notes };
    context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    for (const change of changes) context.stdout.write(changeText(change));
    for (const line of [...notes, ...refusals, summaryOf(changes)]) context.stderr.write(`${line}\n`);
  }
  if (refusals.length > 0) return 1;
  return changes.length === 0 ? 0 : 2;
}
