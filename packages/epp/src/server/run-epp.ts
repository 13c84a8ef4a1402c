import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { goFlagsHelp, translatePath } from '@weir/core/config';
import { toError, WeirError } from '@weir/core/errors';
import { createLogger, type Logger } from '@weir/core/log';
import { MetricsRegistry } from '@weir/core/metrics';
import { aborted, Client, type Fetch, LeaderElector } from '@weir/kube';
import { createPicker, type ReloadablePicker } from '../handlers/in-process.ts';
import { createEppMetrics } from '../metrics/epp-metrics.ts';
import { readCertificate, selfSignedCertificate, watchCertificate, watchFolder } from './certificate.ts';
import { extProcRefusal } from './ext-proc-refusal.ts';
import { type EppFlags, eppFlagDefinitions, parseEppFlags } from './flags.ts';
import { type GrpcServer, startGrpcServer } from './grpc.ts';
import { createHealth } from './health.ts';
import { type HealthSource, healthHandlers } from './health-service.ts';
import { startMetricsServer } from './metrics-server.ts';

export interface RunEppOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The API server that has the pool. */
  readonly fetch: Fetch;
  /** Where `--help` goes. */
  readonly stdout?: { write(text: string): unknown };
  /** Called with the ports really bound, once all are. */
  readonly onListening?: (ports: EppPorts) => void;
}

export interface EppPorts {
  readonly grpc: number;
  readonly health: number;
  readonly metrics: number;
}

/** Runs an endpoint picker until the signal fires. Resolves with the exit code. */
export async function runEpp(argv: readonly string[], options: RunEppOptions): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    options.stdout?.write(
      goFlagsHelp('weir epp', 'Endpoint picker of one InferencePool.', eppFlagDefinitions),
    );
    return 0;
  }
  try {
    const flags = parseEppFlags(argv, options.env);
    const log = flags.logLevel === null ? options.log : createLogger({ name: 'epp', level: flags.logLevel });
    await serve(flags, { ...options, log });
    return 0;
  } catch (thrown) {
    const error = toError(thrown);
    options.log.error(
      'endpoint picker cannot run',
      error instanceof WeirError ? { reason: error.message } : { error },
    );
    return 1;
  }
}

async function serve(flags: EppFlags, options: RunEppOptions): Promise<void> {
  const { log, signal } = options;
  const registry = new MetricsRegistry();
  const picker = await startPicker(flags, { ...options, registry });
  const elector = flags.electLeader ? startElection(flags, options) : null;
  const health = createHealth(picker, elector, signal);
  const stops: (() => Promise<void>)[] = [async () => picker.stop()];
  if (elector !== null) stops.push(() => elector.stopped());
  try {
    const host = bindAddress(options.env);
    const grpc = await startExtProc(flags, host, health, options);
    stops.push(() => grpc.stop());
    const probes = await startGrpcServer({
      host,
      port: flags.healthPort,
      tls: null,
      handlers: healthHandlers(health),
      log,
    });
    stops.push(() => probes.stop());
    const expose = async () => {
      await picker.refresh();
      return registry.expose();
    };
    const metrics = await startMetricsServer({ host, port: flags.metricsPort, expose, log });
    stops.push(() => metrics.stop());
    const ports = { grpc: grpc.port, health: probes.port, metrics: metrics.port };
    log.info('endpoint picker started', { pool: `${flags.poolNamespace}/${flags.poolName}`, host, ...ports });
    log.info('gateways of this project pick in process; ext-proc is not built yet and answers UNIMPLEMENTED');
    options.onListening?.(ports);
    await aborted(signal);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function startPicker(
  flags: EppFlags,
  options: RunEppOptions & { readonly registry: MetricsRegistry },
): Promise<ReloadablePicker> {
  const { env, log, signal, fetch, registry } = options;
  const file = flags.configFile === null ? null : translatePath(env.WEIR_PATH_MAP, flags.configFile);
  const configText = file === null ? flags.configText : await readFile(file, 'utf8');
  const picker = createPicker({
    client: new Client({ fetch, fieldManager: 'weir-epp' }),
    poolKey: { namespace: flags.poolNamespace, name: flags.poolName },
    configText,
    log,
    now: () => performance.now(),
    random: Math.random,
    metrics: createEppMetrics(registry),
    metricsSource: flags.metricsSource,
    metricsIntervalMs: flags.metricsIntervalMs,
    gaugesIntervalMs: flags.gaugesIntervalMs,
    allowExperimental: flags.allowExperimental,
    // Nobody asks this process for decisions yet, so engines are read only when its metrics are.
    scrape: 'on-demand',
  });
  if (file !== null) watchConfig(file, configText, picker, { log, signal });
  return picker;
}

/** The lease that llm-d's pickers of this pool campaign for. */
function startElection(flags: EppFlags, { env, log, signal, fetch }: RunEppOptions): LeaderElector {
  const elector = new LeaderElector({
    client: new Client({ fetch, fieldManager: 'weir-epp' }),
    lease: { namespace: flags.poolNamespace, name: `epp-${flags.poolNamespace}-${flags.poolName}.llm-d.ai` },
    identity: `${env.POD_NAME ?? env.HOSTNAME ?? hostname()}_${randomUUID()}`,
    log,
    now: Date.now,
  });
  elector.start(signal);
  return elector;
}

/** Reloads the file after each change; one that is not usable is logged and the previous one stays in force. */
function watchConfig(
  file: string,
  initial: string | null,
  picker: ReloadablePicker,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): void {
  let current = initial;
  watchFolder(path.dirname(file), signal, () => {
    readFile(file, 'utf8')
      .then((text) => {
        if (text === current) return;
        current = text;
        picker.reload(text);
      })
      .catch((error: unknown) =>
        log.error('configuration not reloaded', { file, reason: toError(error).message }),
      );
  });
}

async function startExtProc(
  flags: EppFlags,
  host: string,
  health: HealthSource,
  { env, log, signal }: RunEppOptions,
): Promise<GrpcServer> {
  const folder = flags.certPath === null ? null : translatePath(env.WEIR_PATH_MAP, flags.certPath);
  const load = () => (folder === null ? selfSignedCertificate(new Date()) : readCertificate(folder));
  const minVersion = flags.tlsMinVersion === null ? {} : { minVersion: flags.tlsMinVersion };
  const server = await startGrpcServer({
    host,
    port: flags.grpcPort,
    tls: flags.secureServing ? { ...(await load()), ...minVersion } : null,
    handlers: flags.healthChecking ? healthHandlers(health) : {},
    explainUnimplemented: extProcRefusal(log),
    log,
  });
  if (flags.secureServing && flags.enableCertReload && folder !== null) {
    watchCertificate(folder, (certificate) => server.setCertificate(certificate), { log, signal });
  }
  return server;
}

/** A local pod has its own loopback address; a pod of a cluster takes every interface; a program alone loopback. */
function bindAddress(env: RunEppOptions['env']): string {
  return env.WEIR_POD_IP ?? (env.KUBERNETES_SERVICE_HOST === undefined ? '127.0.0.1' : '::');
}
