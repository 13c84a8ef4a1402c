import type { KubeList, KubeObject, ResourceKind } from '@weir/api/meta';
import { apiVersionOf } from '@weir/api/meta';
import { kubeErrorFrom, resourcePath } from '@weir/kube';
import type { Command } from 'commander';
import { type ClusterConnection, connect } from '../cluster/connect.ts';
import { type DiscoveredKind, discoverKinds, kindsNamed } from '../cluster/discovery.ts';
import { printObjects, printTable, type Table } from '../cluster/output.ts';
import type { CliContext } from '../context.ts';
import { type CommonOptions, withClusterOptions, withOutput } from './options.ts';

interface GetOptions extends CommonOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
}

const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** `weir get KIND[,KIND] [NAME]`, `weir get KIND/NAME`. */
export function configureGet(command: Command, context: CliContext): void {
  command
    .argument('[kind]', 'kind, plural or short name; several with commas; kind/name', 'llmisvc')
    .argument('[names...]', 'names of objects')
    .option('-A, --all-namespaces', 'objects of all namespaces')
    .option('-l, --selector <labels>', 'label selector');
  withOutput(withClusterOptions(command)).action((kind: string, names: string[], options: GetOptions) =>
    get(context, kind, names, options),
  );
}

async function get(
  context: CliContext,
  what: string,
  names: readonly string[],
  options: GetOptions,
): Promise<void> {
  const connection = await connect(context, options);
  const [word = what, slashName] = what.split('/');
  const wanted = slashName === undefined ? names : [slashName, ...names];
  const discovered = await discoverKinds(connection.fetch);
  const kinds = word.split(',').flatMap((part) => kindsNamed(discovered, part));
  const objects: { kind: DiscoveredKind; object: KubeObject }[] = [];
  for (const kind of kinds) {
    const where =
      kind.namespaced && options.allNamespaces !== true ? { namespace: connection.namespace } : {};
    if (options.output === undefined || options.output === 'wide') {
      context.stdout.write(await tableText(connection, kind, where, wanted, options, kinds.length > 1));
    } else {
      for (const object of await read(connection, kind, where, wanted, options))
        objects.push({ kind, object });
    }
  }
  if (options.output === 'json' || options.output === 'yaml') {
    const isSingle = wanted.length === 1 && kinds.length === 1;
    context.stdout.write(
      printObjects(
        objects.map(({ object }) => object),
        options.output,
        !isSingle,
      ),
    );
  } else if (options.output === 'name') {
    for (const { kind, object } of objects) {
      context.stdout.write(
        `${kind.singular}${kind.group === '' ? '' : `.${kind.group}`}/${object.metadata.name}\n`,
      );
    }
  }
}

async function tableText(
  connection: ClusterConnection,
  kind: DiscoveredKind,
  where: { namespace?: string },
  names: readonly string[],
  options: GetOptions,
  prefixKind: boolean,
): Promise<string> {
  const query = options.selector === undefined ? {} : { labelSelector: options.selector };
  const paths =
    names.length === 0
      ? [resourcePath(kind, where, query)]
      : names.map((name) => resourcePath(kind, { ...where, name }));
  const tables: Table[] = [];
  for (const path of paths) {
    const response = await connection.fetch(path, { headers: { accept: tableAccept } });
    if (!response.ok) throw await kubeErrorFrom(response, `GET ${kind.plural}`);
    tables.push((await response.json()) as Table);
  }
  const rows = tables.flatMap((table) => table.rows);
  if (rows.length === 0)
    return prefixKind
      ? ''
      : `No resources found${where.namespace === undefined ? '' : ` in ${where.namespace} namespace`}.\n`;
  if (prefixKind) for (const row of rows) row.cells[0] = `${kind.singular}/${String(row.cells[0])}`;
  const text = printTable(
    { kind: 'Table', columnDefinitions: tables[0]?.columnDefinitions ?? [], rows },
    { wide: options.output === 'wide', withNamespace: options.allNamespaces === true && kind.namespaced },
  );
  return prefixKind ? `${text}\n` : text;
}

async function read(
  connection: ClusterConnection,
  kind: ResourceKind,
  where: { namespace?: string },
  names: readonly string[],
  options: GetOptions,
): Promise<KubeObject[]> {
  if (names.length > 0) {
    return Promise.all(
      names.map((name) => connection.client.get(kind, { namespace: where.namespace ?? '', name })),
    );
  }
  const list: KubeList = await connection.client.list(kind, {
    ...where,
    ...(options.selector === undefined ? {} : { labelSelector: options.selector }),
  });
  return list.items.map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: kind.kind }));
}
