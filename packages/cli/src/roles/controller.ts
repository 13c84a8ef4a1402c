import { servingResources } from '@weir/api/serving';
import { goFlagsHelp, parseGoFlags } from '@weir/core/config';
import type { Logger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import { aborted, Client, type Fetch, migrateStorage, onAbort } from '@weir/kube';
import { deleteLeftovers, type LlmisvcOptions, startLlmisvc } from '@weir/llmisvc';
import { connect } from '../cluster/connect.ts';
import { type CliContext, isInCluster, podListenHost } from '../context.ts';
import { parseReadyGate } from '../local/ready-gate.ts';
import { parseValidationLevel, servingSettings } from '../local/serving-settings.ts';
import { type Election, startElection } from './controller/election.ts';
import { durationOf, controllerFlags as flags, loggerOf } from './controller/flags.ts';
import { createControllerMetrics } from './controller/metrics.ts';
import { type MetricsServerOptions, startMetricsServer } from './controller/metrics-server.ts';
import { conversionProblem } from './controller/probe.ts';
import { watchReachability } from './controller/reachability.ts';
import { type RunningWebhooks, startWebhooks } from './controller/webhooks.ts';
import { parseAddress, startHealthServer } from './health.ts';

/** `weir controller`: reconciles LLMInferenceServices of the cluster that KUBECONFIG or the pod's account leads to. */
export async function runController(
  context: CliContext,
  argv: readonly string[],
  usualLog: Logger,
): Promise<number> {
  if (argv.includes('--help')) {
    context.stdout.write(goFlagsHelp('weir controller', 'Reconciles LLMInferenceServices.', flags));
    return 0;
  }
  const values = parseGoFlags('weir controller', argv, flags);
  const log = loggerOf(values, usualLog);
  const validation = parseValidationLevel(String(values.get('validation')));
  const readyGate = parseReadyGate(String(values.get('ready-gate')));
  const migration = {
    timeoutMs: durationOf(values, 'storage-migration-timeout'),
    retryMs: durationOf(values, 'storage-migration-poll-interval'),
  };
  const kubeconfig = values.get('kubeconfig');
  const { fetch } = await connect(
    context,
    kubeconfig === undefined ? {} : { kubeconfig: String(kubeconfig) },
  );
  const systemNamespace = context.env.WEIR_SYSTEM_NAMESPACE || context.env.POD_NAMESPACE || 'kserve';
  const server = watchReachability(fetch, log);
  const client = clientOf(server.fetch);
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const registry = new MetricsRegistry();
  const metrics = createControllerMetrics(registry);

  let webhooks: RunningWebhooks | undefined;
  let election: Election | undefined;
  let isReady = false;
  const servers = await startServers({
    context,
    values,
    registry,
    client,
    systemNamespace,
    log,
    signal,
    isReady: () => isReady && server.isReachable(),
  });
  try {
    const { preventsDeletion, ...presets } = servingSettings(context.env);
    const { configPrefix } = presets;
    const admission = { systemNamespace, configPrefix, preventsDeletion, validation };
    await server.untilReachable(signal);
    webhooks = await startWebhooks({ context, values, client, admission, log, signal, metrics });
    if (webhooks.isShared) await webhooks.install();
    if (values.get('leader-elect') === true) {
      isReady = true;
      election = await startElection({ client, systemNamespace, log, signal, metrics });
      onAbort(election.lost, () => stop.abort());
    }
    if (!webhooks.isShared && !signal.aborted) await webhooks.install();
    isReady = true;
    if (!signal.aborted) {
      await lead(
        {
          client: election === undefined ? client : clientOf(election.guard(server.fetch)),
          log,
          signal,
          systemNamespace,
          platform: { ...presets, validation },
          readyGate,
          onReconciled: metrics.onReconciled,
        },
        migration,
      );
    }
    // A second controller may work already: what this process still knows must not be acted upon.
    return election?.lost.aborted === true && !context.signal.aborted ? 1 : 0;
  } finally {
    stop.abort();
    await Promise.all([election?.end(), webhooks?.stop()]);
    for (const one of servers) one.close();
  }
}

/** What one of several replicas does at a time, until the signal fires. */
async function lead(
  options: LlmisvcOptions,
  migration: { readonly timeoutMs: number; readonly retryMs: number },
): Promise<void> {
  const { client, log, signal, systemNamespace } = options;
  const controller = await startLlmisvc(options);
  log.info('controller runs', { systemNamespace });
  const kinds = [servingResources.services, servingResources.configs];
  const migrated = migrateStorage({
    ...{ client, kinds, log, signal, ...migration },
    settleMs: 5000,
    conversionProblem: (kind) => conversionProblem(kind, { client, namespace: systemNamespace, signal }),
  });
  const tidied = deleteLeftovers({ client, log, signal });
  await aborted(signal);
  await Promise.all([controller.stopped(), migrated, tidied]);
}

function clientOf(fetch: Fetch): Client {
  return new Client({ fetch, fieldManager: 'llmisvc-controller' });
}

interface ServerOptions extends Omit<MetricsServerOptions, 'host' | 'port' | 'isInCluster'> {
  readonly context: CliContext;
  readonly isReady: () => boolean;
}

async function startServers(options: ServerOptions): Promise<{ close(): void }[]> {
  const { context, values, isReady } = options;
  const inCluster = isInCluster(context.env);
  const address = (flag: string, variable: string): { host: string; port: number } => {
    const port = context.env[variable];
    if (port !== undefined && port !== '') return { host: '127.0.0.1', port: Number(port) };
    const { host, port: given, isAny } = parseAddress(String(values.get(flag)));
    return { host: isAny && inCluster ? podListenHost(context.env) : host, port: given };
  };
  const metrics = address('metrics-addr', 'WEIR_METRICS_PORT');
  return [
    await startHealthServer({ ...address('health-probe-addr', 'WEIR_HEALTH_PORT'), isReady }),
    await startMetricsServer({ ...options, ...metrics, isInCluster: inCluster }),
  ];
}
