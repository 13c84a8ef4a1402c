import { keyOf, type ObjectKey, type ResourceKind } from '@weir/api/meta';
import { delay, withDeadline } from '@weir/kube';
import type { Command } from 'commander';
import { type ClusterConnection, connect } from '../cluster/connect.ts';
import { type DiscoveredKind, discoverKinds, kindOfObject, kindsNamed } from '../cluster/discovery.ts';
import { readManifests } from '../cluster/manifests.ts';
import type { CliContext } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { type CommonOptions, withClusterOptions } from './options.ts';

interface DeleteOptions extends CommonOptions {
  readonly filename?: string[];
  readonly ignoreNotFound?: boolean;
  readonly wait: boolean;
  readonly timeout: number;
}

/** `weir delete KIND NAME…`, `weir delete KIND/NAME`, `weir delete -f FILE`. */
export function configureDelete(command: Command, context: CliContext): void {
  command
    .argument('[kind]', 'kind, plural or short name; kind/name')
    .argument('[names...]', 'names of objects')
    .option('-f, --filename <path...>', 'delete the objects of these manifests')
    .option('--ignore-not-found', 'succeed when an object does not exist')
    .option('--no-wait', 'do not wait for finalizers')
    .option('--timeout <seconds>', 'how long to wait', parseTimeout, 120);
  withClusterOptions(command).action((kind: string | undefined, names: string[], options: DeleteOptions) =>
    deleteObjects(context, kind, names, options),
  );
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 86_400))
    throw cliErrors.USAGE({ problem: `--timeout ${text}: must be a number of seconds up to a day` });
  return seconds;
}

async function deleteObjects(
  context: CliContext,
  what: string | undefined,
  names: readonly string[],
  options: DeleteOptions,
): Promise<void> {
  const connection = await connect(context, options);
  const kinds = await discoverKinds(connection.fetch);
  const targets = await targetsOf(context, connection, kinds, what, names, options);
  for (const { kind, key } of targets) {
    const existing = await connection.client.find(kind, key);
    const label = `${kind.plural}${kind.group === '' ? '' : `.${kind.group}`} "${key.name}"`;
    if (existing === undefined) {
      if (options.ignoreNotFound === true) continue;
      throw cliErrors.USAGE({ problem: `${label} not found` });
    }
    await connection.client.delete(kind, key, { propagationPolicy: 'Background' });
    context.stdout.write(`${label} deleted\n`);
  }
  if (options.wait) {
    const deadline = withDeadline(context.signal, options.timeout * 1000);
    for (const { kind, key } of targets) await waitUntilGone(connection, kind, key, deadline);
  }
}

async function targetsOf(
  context: CliContext,
  connection: ClusterConnection,
  kinds: readonly DiscoveredKind[],
  what: string | undefined,
  names: readonly string[],
  options: DeleteOptions,
): Promise<{ kind: ResourceKind; key: ObjectKey }[]> {
  if (options.filename !== undefined) {
    const objects = (
      await Promise.all(options.filename.map((file) => readManifests(file, context.stdin)))
    ).flat();
    return objects.map((object) => {
      const kind = kindOfObject(kinds, object);
      return {
        kind,
        key: {
          ...keyOf(object),
          ...(kind.namespaced && object.metadata.namespace === undefined
            ? { namespace: connection.namespace }
            : {}),
        },
      };
    });
  }
  const [word, slashName] = (what ?? '').split('/');
  const all = slashName === undefined ? names : [slashName, ...names];
  const [kind] = word === undefined || word === '' ? [] : kindsNamed(kinds, word);
  if (kind === undefined || all.length === 0) {
    throw cliErrors.USAGE({
      problem:
        'name what to delete: `weir delete KIND NAME`, `weir delete KIND/NAME` or `weir delete -f FILE`',
    });
  }
  return all.map((name) => ({ kind, key: { namespace: kind.namespaced ? connection.namespace : '', name } }));
}

async function waitUntilGone(
  connection: ClusterConnection,
  kind: ResourceKind,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<void> {
  while ((await connection.client.find(kind, key)) !== undefined) {
    if (signal.aborted)
      throw cliErrors.USAGE({
        problem: `timed out: ${kind.plural} "${key.name}" still exists, its finalizers are not done`,
      });
    await delay(200, signal);
  }
}
