import { type FlagDefinition, type FlagValues, parseGoDuration, parseGoFlags } from '@weir/core/config';
import { type LogLevel, parseZapLevel } from '@weir/core/log';
import { eppErrors } from '../framework/errors.ts';
import type { MetricsSourceSettings } from '../plugins/data-source/metrics/index.ts';
import type { TlsVersion } from './grpc.ts';

export interface EppFlags {
  readonly poolName: string;
  readonly poolNamespace: string;
  readonly grpcPort: number;
  readonly healthPort: number;
  readonly metricsPort: number;
  readonly configFile: string | null;
  readonly configText: string | null;
  readonly allowExperimental: boolean;
  readonly metricsIntervalMs: number;
  readonly gaugesIntervalMs: number;
  readonly secureServing: boolean;
  readonly certPath: string | null;
  readonly enableCertReload: boolean;
  readonly tlsMinVersion: TlsVersion | null;
  /** Health on the ext-proc port too. */
  readonly healthChecking: boolean;
  /** Only the replica that holds the lease reports ready. */
  readonly electLeader: boolean;
  readonly metricsSource: Partial<MetricsSourceSettings>;
  /** Null: what the caller logs at. */
  readonly logLevel: LogLevel | null;
}

const extProc = 'it concerns ext-proc, which this endpoint picker does not serve yet';
const useExtractor = 'name the metrics in a core-metrics-extractor plugin of the configuration';

/** The flags of llm-d's endpoint picker (scheduler 2.2). */
export const eppFlagDefinitions: Readonly<Record<string, FlagDefinition>> = {
  'pool-name': { type: 'string', help: 'InferencePool to pick for' },
  'pool-namespace': { type: 'string', help: 'its namespace; default $NAMESPACE, else default' },
  'pool-group': { type: 'string', help: 'group of the InferencePool: inference.networking.k8s.io' },
  'grpc-port': { type: 'number', default: 9002, help: 'port of ext-proc' },
  'grpc-health-port': { type: 'number', default: 9003, help: 'port of grpc.health.v1' },
  'metrics-port': { type: 'number', default: 9090, help: 'port of /metrics' },
  'config-file': { type: 'string', help: 'EndpointPickerConfig file; read again when it changes' },
  'config-text': { type: 'string', help: 'EndpointPickerConfig itself' },
  'allow-experimental-plugins': { type: 'boolean', default: false, help: 'load alpha plugins' },
  'refresh-metrics-interval': {
    type: 'string',
    default: '50ms',
    help: 'time between scrapes of an endpoint',
  },
  'refresh-prometheus-metrics-interval': {
    type: 'string',
    default: '5s',
    help: "time between updates of the pool's gauges",
  },
  'secure-serving': { type: 'boolean', default: true, help: 'TLS on the ext-proc port' },
  'cert-path': { type: 'string', help: 'folder with tls.crt and tls.key; default a self-signed certificate' },
  'enable-cert-reload': {
    type: 'boolean',
    default: false,
    help: 'read the certificate again when it changes',
  },
  'tls-min-version': { type: 'string', help: 'VersionTLS10 to VersionTLS13' },
  'ha-enable-leader-election': {
    type: 'boolean',
    default: false,
    help: 'only the replica that holds a lease reports ready',
  },
  'health-checking': { type: 'boolean', default: false, help: 'grpc.health.v1 on the ext-proc port too' },
  'drain-timeout': {
    type: 'string',
    default: '30s',
    help: 'longest wait for open ext-proc streams at the end',
  },
  'model-server-metrics-scheme': { type: 'string', help: 'http or https' },
  'model-server-metrics-path': { type: 'string', help: 'path of the metrics of an endpoint' },
  'model-server-metrics-port': { type: 'number', help: "port of the metrics; default the endpoint's" },
  'model-server-metrics-https-insecure-skip-verify': { type: 'boolean', help: 'accept any certificate' },
  v: { type: 'number', help: 'verbosity: 3 logs every decision, 5 everything' },
  'zap-encoder': { type: 'string', default: 'json', help: 'json' },
  'zap-log-level': { type: 'string', help: 'debug, info, error, or a verbosity' },
  'metrics-endpoint-auth': {
    type: 'boolean',
    default: false,
    help: 'only false: /metrics asks for no token',
  },
  'enable-pprof': { type: 'boolean', default: false, help: 'only false: there is no Go profile' },
  tracing: { type: 'boolean', default: false, help: 'only false: no spans are exported' },
  'endpoint-selector': { type: 'notBuilt', help: 'use --pool-name' },
  'endpoint-target-ports': { type: 'notBuilt', help: 'use --pool-name' },
  'metrics-staleness-threshold': { type: 'notBuilt', help: 'every endpoint counts in the gauges' },
  'disable-endpoint-subset-filter': { type: 'notBuilt', help: extProc },
  'emit-endpoint-scores': { type: 'notBuilt', help: extProc },
  'grpc-max-recv-msg-size': { type: 'notBuilt', help: extProc },
  'grpc-max-send-msg-size': { type: 'notBuilt', help: extProc },
  'enable-grpc-stream-metrics': { type: 'notBuilt', help: extProc },
  'tls-cipher-suites': { type: 'notBuilt', help: 'use --tls-min-version' },
  'metrics-cert-dir': { type: 'notBuilt', help: 'metrics are served without TLS' },
  'metrics-client-ca-file': { type: 'notBuilt', help: 'metrics are served without TLS' },
  'total-queued-requests-metric': { type: 'notBuilt', help: useExtractor },
  'total-running-requests-metric': { type: 'notBuilt', help: useExtractor },
  'kv-cache-usage-percentage-metric': { type: 'notBuilt', help: useExtractor },
  'lora-info-metric': { type: 'notBuilt', help: useExtractor },
  'cache-info-metric': { type: 'notBuilt', help: useExtractor },
};

/** Older spellings, which manifests still carry. */
const camelCase: Readonly<Record<string, string>> = {
  poolName: 'pool-name',
  poolNamespace: 'pool-namespace',
  grpcPort: 'grpc-port',
  grpcHealthPort: 'grpc-health-port',
  metricsPort: 'metrics-port',
  configFile: 'config-file',
  configText: 'config-text',
  secureServing: 'secure-serving',
  certPath: 'cert-path',
  enableCertReload: 'enable-cert-reload',
};

/** Reads the arguments; throws a `WeirError` that names the flag. */
export function parseEppFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): EppFlags {
  const values = parseGoFlags('weir epp', normalize(argv), eppFlagDefinitions);
  const poolName = textOf(values, 'pool-name');
  if (poolName === null) throw refused('--pool-name is required');
  refuseUnserved(values);
  const [configFile, configText] = [textOf(values, 'config-file'), textOf(values, 'config-text')];
  if (configFile !== null && configText !== null)
    throw refused('--config-file and --config-text exclude each other');
  durationOf(values, 'drain-timeout');
  return {
    poolName,
    poolNamespace: textOf(values, 'pool-namespace') ?? env.NAMESPACE ?? 'default',
    grpcPort: portOf(values, 'grpc-port'),
    healthPort: portOf(values, 'grpc-health-port'),
    metricsPort: portOf(values, 'metrics-port'),
    configFile,
    configText,
    allowExperimental: values.get('allow-experimental-plugins') === true,
    metricsIntervalMs: durationOf(values, 'refresh-metrics-interval'),
    gaugesIntervalMs: durationOf(values, 'refresh-prometheus-metrics-interval'),
    secureServing: values.get('secure-serving') === true,
    certPath: textOf(values, 'cert-path'),
    enableCertReload: values.get('enable-cert-reload') === true,
    tlsMinVersion: tlsVersionOf(values),
    healthChecking: values.get('health-checking') === true,
    electLeader: values.get('ha-enable-leader-election') === true,
    metricsSource: metricsSourceOf(values),
    logLevel: logLevelOf(values),
  };
}

/**
 * Drops empty arguments, which templates leave behind when an option is off, but not empty values of flags; and
 * spells older names as today's.
 */
function normalize(argv: readonly string[]): string[] {
  const kept: string[] = [];
  let isValue = false;
  for (const argument of argv) {
    if (isValue) {
      kept.push(argument);
      isValue = false;
    } else if (argument !== '') {
      const flag = splitFlag(argument);
      kept.push(flag === null ? argument : `--${flag.name}${flag.rest}`);
      const type = eppFlagDefinitions[flag?.name ?? '']?.type;
      isValue = flag?.rest === '' && (type === 'string' || type === 'number');
    }
  }
  return kept;
}

function splitFlag(argument: string): { readonly name: string; readonly rest: string } | null {
  const [, written, rest = ''] = /^--?([\w-]+)(=[\s\S]*)?$/.exec(argument) ?? [];
  return written === undefined ? null : { name: camelCase[written] ?? written, rest };
}

function refuseUnserved(values: FlagValues): void {
  for (const name of ['metrics-endpoint-auth', 'enable-pprof', 'tracing']) {
    if (values.get(name) === true)
      throw refused(`--${name} is not built yet in this version; set it to false`);
  }
  const group = textOf(values, 'pool-group') ?? 'inference.networking.k8s.io';
  if (group !== 'inference.networking.k8s.io')
    throw refused(`--pool-group: "${group}" is not served; pools are read as inference.networking.k8s.io/v1`);
  const encoder = values.get('zap-encoder');
  if (encoder !== 'json') throw refused(`--zap-encoder: "${encoder}" is not built yet; the log is json`);
}

function metricsSourceOf(values: FlagValues): Partial<MetricsSourceSettings> {
  const scheme = textOf(values, 'model-server-metrics-scheme');
  if (scheme !== null && scheme !== 'http' && scheme !== 'https')
    throw refused(`--model-server-metrics-scheme: "${scheme}" is neither http nor https`);
  const path = textOf(values, 'model-server-metrics-path');
  const insecureSkipVerify = values.get('model-server-metrics-https-insecure-skip-verify');
  return {
    ...(scheme === null ? {} : { scheme }),
    ...(path === null ? {} : { path }),
    ...(values.has('model-server-metrics-port') ? { port: portOf(values, 'model-server-metrics-port') } : {}),
    ...(typeof insecureSkipVerify === 'boolean' ? { insecureSkipVerify } : {}),
  };
}

function logLevelOf(values: FlagValues): LogLevel | null {
  const named = textOf(values, 'zap-log-level') ?? values.get('v');
  if (named === undefined) return null;
  const level = parseZapLevel(String(named));
  if (level === null)
    throw refused(`--zap-log-level: "${named}" is neither debug, info, error nor a verbosity`);
  return level;
}

function tlsVersionOf(values: FlagValues): TlsVersion | null {
  const text = textOf(values, 'tls-min-version');
  if (text === null) return null;
  const versions: Readonly<Record<string, TlsVersion>> = {
    VersionTLS10: 'TLSv1',
    VersionTLS11: 'TLSv1.1',
    VersionTLS12: 'TLSv1.2',
    VersionTLS13: 'TLSv1.3',
  };
  const version = versions[text];
  if (version === undefined)
    throw refused(`--tls-min-version: "${text}" is none of ${Object.keys(versions).join(', ')}`);
  return version;
}

function textOf(values: FlagValues, name: string): string | null {
  const value = values.get(name);
  return typeof value === 'string' && value !== '' ? value : null;
}

function portOf(values: FlagValues, name: string): number {
  const port = values.get(name);
  if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw refused(`--${name}: ${port} is not a port`);
}

function durationOf(values: FlagValues, name: string): number {
  const text = textOf(values, name) ?? '';
  const ms = parseGoDuration(text);
  if (ms === null || ms < 0) throw refused(`--${name}: "${text}" is not a duration such as "50ms" or "2s"`);
  return ms;
}

function refused(message: string): Error {
  return eppErrors.FLAG_INVALID({ message: `weir epp: ${message}` });
}
