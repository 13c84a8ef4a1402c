import { type FlagDefinition, type FlagValues, parseGoDuration } from '@weir/core/config';
import { WeirError } from '@weir/core/errors';
import { createLogger, type Logger, parseZapLevel } from '@weir/core/log';
import { validationHelp } from '../../local/serving-settings.ts';

/** Flags of KServe's controller (control-plane 4.2) and ours; those without effect here yet are refused by name. */
export const controllerFlags: Readonly<Record<string, FlagDefinition>> = {
  kubeconfig: { type: 'string', help: 'kubeconfig file; default $KUBECONFIG, else the account of the pod' },
  'health-probe-addr': { type: 'string', default: ':8081', help: 'address of /healthz and /readyz' },
  'metrics-addr': { type: 'string', default: ':8443', help: 'address of /metrics' },
  'metrics-secure': {
    type: 'boolean',
    help: 'metrics over TLS, for whom the API server lets get /metrics; default: unless on loopback',
  },
  'metrics-anonymous': { type: 'boolean', default: false, help: 'metrics for everybody who reaches them' },
  'webhook-port': { type: 'number', default: 9443, help: 'port of the webhooks' },
  'defaulting-webhook': { type: 'boolean', default: true, help: 'serve and install the mutating webhook' },
  validation: { type: 'string', default: 'default', help: validationHelp },
  'leader-elect': {
    type: 'boolean',
    default: false,
    help: 'reconcile only while holding the lease, so that one of several replicas does',
  },
  'ready-gate': {
    type: 'string',
    default: 'auto',
    help: 'auto: Ready after an answered request where pods run; request: always; kserve: never ask',
  },
  'tls-min-version': {
    type: 'string',
    default: 'VersionTLS12',
    help: 'of the webhooks and metrics; or VersionTLS13',
  },
  'tls-cipher-suites': {
    type: 'string',
    help: 'suites of TLS 1.2, separated by commas, as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; default: of the platform',
  },
  'storage-migration-timeout': {
    type: 'string',
    default: '1h',
    help: 'how long to try to rewrite objects that are stored in a former version',
  },
  'storage-migration-poll-interval': { type: 'string', default: '30s', help: 'time between two such tries' },
  'enable-http2': {
    type: 'boolean',
    default: false,
    help: 'deprecated, without effect: webhooks and metrics speak HTTP/1.1',
  },
  'zap-log-level': { type: 'string', help: 'debug, info, error, or a verbosity' },
  'zap-encoder': { type: 'string', default: 'json', help: 'json' },
  'zap-devel': { type: 'notBuilt', help: 'the log is json; see --zap-log-level for its level' },
  'zap-stacktrace-level': { type: 'notBuilt', help: 'errors always come with their stack' },
  'zap-time-encoding': { type: 'notBuilt', help: 'times are always ISO 8601' },
};

/** The log as the flags want it. */
export function loggerOf(values: FlagValues, log: Logger): Logger {
  const encoder = values.get('zap-encoder');
  if (encoder !== 'json') throw refused(`--zap-encoder: "${encoder}" is not built yet; the log is json`);
  const named = values.get('zap-log-level');
  if (named === undefined) return log;
  const level = parseZapLevel(String(named));
  if (level === null)
    throw refused(`--zap-log-level: "${named}" is neither debug, info, error nor a verbosity`);
  return createLogger({ name: 'controller', level });
}

/** Milliseconds of a flag; of one that is not positive, its default. */
export function durationOf(values: FlagValues, name: keyof typeof controllerFlags & string): number {
  const ms = parseGoDuration(String(values.get(name)));
  if (ms === null) throw refused(`--${name}: "${values.get(name)}" is not a duration such as "30s" or "1h"`);
  if (ms > 0) return ms;
  const definition = controllerFlags[name];
  const byDefault = definition?.type === 'string' ? definition.default : undefined;
  return parseGoDuration(String(byDefault)) ?? 0;
}

function refused(problem: string): WeirError {
  return new WeirError('CONFIG_USAGE', 400, `weir controller: ${problem} — see \`weir controller --help\``);
}
