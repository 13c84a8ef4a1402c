import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, keyOf } from '@weir/api/meta';
import type { Command } from 'commander';
import { connect } from '../cluster/connect.ts';
import { discoverKinds, kindOfObject } from '../cluster/discovery.ts';
import { readManifests } from '../cluster/manifests.ts';
import { printObjects } from '../cluster/output.ts';
import type { CliContext } from '../context.ts';
import { type CommonOptions, withClusterOptions, withOutput } from './options.ts';

interface ApplyOptions extends CommonOptions {
  readonly filename: string[];
  readonly dryRun?: boolean;
  readonly forceConflicts?: boolean;
}

/** `weir apply -f FILE`: server-side apply of every document. */
export function configureApply(command: Command, context: CliContext): void {
  command
    .requiredOption('-f, --filename <path...>', 'file, folder or -')
    .option('--dry-run', 'let the server check everything and store nothing')
    .option('--force-conflicts', 'take over fields that another manager owns');
  withOutput(withClusterOptions(command)).action((options: ApplyOptions) => apply(context, options));
}

async function apply(context: CliContext, options: ApplyOptions): Promise<void> {
  const objects = (
    await Promise.all(options.filename.map((file) => readManifests(file, context.stdin)))
  ).flat();
  const { client, fetch, namespace } = await connect(context, options);
  let kinds = await discoverKinds(fetch);
  const applied = [];
  for (const object of objects) {
    // A CRD earlier in the same file may have brought the kind a moment ago.
    if (!kinds.some((kind) => kind.kind === object.kind)) kinds = await discoverKinds(fetch);
    const kind = kindOfObject(kinds, object);
    if (kind.namespaced) object.metadata.namespace ??= namespace;
    const existing = await client.find(kind, keyOf(object));
    const result = await client.apply(kind, object, {
      force: options.forceConflicts ?? false,
      fieldValidation: 'Strict',
      ...(options.dryRun === true ? { dryRun: true } : {}),
    });
    applied.push(result);
    const name = `${kind.plural}${kind.group === '' ? '' : `.${kind.group}`}/${result.metadata.name}`;
    if (options.output === undefined || options.output === 'wide') {
      const verb =
        existing === undefined
          ? 'created'
          : isDeepStrictEqual(withoutState(existing), withoutState(result))
            ? 'unchanged'
            : 'configured';
      context.stdout.write(`${name} ${verb}${options.dryRun === true ? ' (dry run)' : ''}\n`);
    } else if (options.output === 'name') context.stdout.write(`${name}\n`);
  }
  if (options.output === 'json' || options.output === 'yaml') {
    context.stdout.write(printObjects(applied, options.output, applied.length !== 1));
  }
}

/** What a user writes: controllers may change the status at any moment. */
function withoutState(object: KubeObject): unknown {
  const { status: _status, metadata, ...rest } = object as KubeObject & { status?: unknown };
  const { resourceVersion: _version, managedFields: _managed, generation: _generation, ...kept } = metadata;
  return { ...rest, metadata: kept };
}
