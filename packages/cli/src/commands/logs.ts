import { type ResourceKind, resources } from '@weir/api/meta';
import { podOwner, podSelectors } from '@weir/api/serving';
import type { Pod } from '@weir/api/workloads';
import { kubeErrorFrom, resourcePath } from '@weir/kube';
import type { Command } from 'commander';
import { type ClusterConnection, connect } from '../cluster/connect.ts';
import type { CliContext } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { type CommonOptions, withClusterOptions } from './options.ts';

interface LogsOptions extends CommonOptions {
  readonly container?: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tail?: string;
  readonly scheduler?: boolean;
}

const pods: ResourceKind<Pod> = resources.pods;

/** `weir logs NAME`: of a service's newest pod, or of a pod by its name. */
export function configureLogs(command: Command, context: CliContext): void {
  command
    .argument('<name>', 'service or pod')
    .option('-c, --container <name>', 'container; default the engine, or the first one')
    .option('-f, --follow', 'go on as lines come')
    .option('-p, --previous', 'of the container before its last restart')
    .option('--tail <lines>', 'only the last lines')
    .option('--scheduler', "of the service's endpoint picker instead of its engine");
  withClusterOptions(command).action((name: string, options: LogsOptions) => logs(context, name, options));
}

async function logs(context: CliContext, name: string, options: LogsOptions): Promise<void> {
  const connection = await connect(context, options);
  const pod = await podNamed(connection, name, options.scheduler ?? false);
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map(
    (container) => container.name,
  );
  const container =
    options.container ?? (containers.includes('main') ? 'main' : pod.spec?.containers[0]?.name);
  if (container === undefined || !containers.includes(container)) {
    throw cliErrors.USAGE({
      problem: `pod ${pod.metadata.name} has no container "${container}"; it has ${containers.join(', ')}`,
    });
  }
  const path = resourcePath(
    pods,
    { namespace: connection.namespace, name: pod.metadata.name ?? '', subresource: 'log' },
    {
      container,
      follow: options.follow,
      previous: options.previous,
      tailLines: options.tail,
    },
  );
  const response = await connection.fetch(path, { signal: context.signal });
  if (!response.ok) throw await kubeErrorFrom(response, `logs of ${pod.metadata.name}`);
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) context.stdout.write(chunk);
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
}

async function podNamed(connection: ClusterConnection, name: string, isScheduler: boolean): Promise<Pod> {
  const { client, namespace } = connection;
  const exact = await client.find(pods, { namespace, name });
  if (exact !== undefined) return exact;
  const lists = await Promise.all(
    podSelectors(name).map((labelSelector) => client.list(pods, { namespace, labelSelector })),
  );
  const isOfScheduler = (pod: Pod): boolean =>
    pod.metadata.labels?.['app.kubernetes.io/component'] === 'llminferenceservice-router-scheduler';
  const [newest] = lists
    .flatMap(({ items }) => items)
    .filter((pod) => podOwner(pod) === name && isOfScheduler(pod) === isScheduler)
    .sort((a, b) => (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? ''));
  if (newest !== undefined) return newest;
  throw cliErrors.USAGE({
    problem: `no pod and no pods of a service are called "${name}" in namespace ${namespace} — see \`weir get llmisvc,pods\``,
  });
}
