import { type Arguments, UsageError } from './parse-arguments.ts';

/** What `serve` was asked to do, checked and with defaults. */
export interface EngineOptions {
  readonly model: string;
  /** All names requests may use; the first is echoed in answers. Empty: the model as given. */
  readonly servedNames: readonly string[];
  /** Null: every interface, or the pod's own address. */
  readonly host: string | null;
  readonly port: number;
  /** Null: the trained context, at most `defaultModelLen`. */
  readonly maxModelLen: number | null;
  readonly maxSequences: number;
  readonly maxBatchTokens: number;
  /** What was asked for beyond what this engine gives, one line each, for the log. */
  readonly limits: readonly string[];
  readonly maxLogprobs: number;
  readonly blockSize: number;
  readonly isPrefixCachingOn: boolean;
  readonly tls: TlsOptions | null;
  readonly apiKeys: readonly string[];
  readonly seed: number | null;
  readonly generationConfig: string;
  readonly generationOverrides: Readonly<Record<string, unknown>>;
  readonly rootPath: string;
  /** How long a stopping engine waits for running requests; 0 aborts them, as vLLM does. */
  readonly shutdownTimeoutMs: number;
  /** A Jinja template or a path to one. */
  readonly chatTemplate: string | null;
  readonly responseRole: string;
  readonly accessLog: { readonly isOn: boolean; readonly excludedPaths: readonly string[] };
  readonly logsRequests: boolean;
  readonly threads: number;
}

export interface TlsOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of client certificates. */
  readonly caFile: string | null;
  readonly requiresClientCertificate: boolean;
  readonly reloads: boolean;
}

/**
 * Manifests written for large accelerators ask for hundreds of sequences: they run, with these limits. Every sequence
 * holds its own part of the cache, and more than a few share one core badly; the others wait.
 */
const mostSequences = 8;
const mostBatchTokens = 2048;

/** Keeps the KV cache of four requests below 200 MB for a model of the size this engine is made for. */
export const defaultModelLen = 2048;

/** Throws `UsageError` naming the flag at fault. */
export function toEngineOptions(
  args: Arguments,
  env: Readonly<Record<string, string | undefined>>,
): EngineOptions {
  const { values } = args;
  const one = (name: string): string | null => values.get(name)?.[0] ?? null;
  const model = one('model') ?? args.model;
  if (model === null) throw new UsageError('the following arguments are required: model');
  const integer = (name: string, fallback: number, min: number, max: number): number =>
    parseInteger(name, one(name), fallback, min, max);
  const limits: string[] = [];
  const capped = (name: string, fallback: number, cap: number): number => {
    const value = integer(name, fallback, 1, 2 ** 31);
    if (value > cap) limits.push(`--${name} ${value}: the CPU engine uses ${cap}`);
    return Math.min(value, cap);
  };
  const maxSequences = capped('max-num-seqs', 4, mostSequences);
  return {
    model,
    servedNames: values.get('served-model-name') ?? [],
    host: one('host'),
    port: integer('port', 8000, 0, 65_535),
    maxModelLen: parseModelLen(one('max-model-len')),
    maxSequences,
    maxBatchTokens: Math.max(capped('max-num-batched-tokens', 512, mostBatchTokens), maxSequences),
    limits,
    maxLogprobs: integer('max-logprobs', 20, -1, 1_000_000),
    blockSize: integer('block-size', 16, 1, 256),
    isPrefixCachingOn: !values.has('no-enable-prefix-caching'),
    tls: toTlsOptions(values),
    apiKeys: [...(values.get('api-key') ?? []), ...(env.VLLM_API_KEY ? [env.VLLM_API_KEY] : [])],
    seed: one('seed') === null ? null : integer('seed', 0, 0, 2 ** 32 - 1),
    generationConfig: one('generation-config') ?? 'auto',
    generationOverrides: parseObject('override-generation-config', one('override-generation-config')),
    rootPath: (one('root-path') ?? '').replace(/\/+$/, ''),
    shutdownTimeoutMs: parseSeconds('shutdown-timeout', one('shutdown-timeout')) * 1000,
    chatTemplate: one('chat-template'),
    responseRole: one('response-role') ?? 'assistant',
    accessLog: {
      isOn: !values.has('disable-uvicorn-access-log') && !isQuiet(one('uvicorn-log-level')),
      excludedPaths: (one('disable-access-log-for-endpoints') ?? '').split(',').filter((path) => path !== ''),
    },
    logsRequests: values.has('enable-log-requests') && !values.has('disable-log-requests'),
    threads: integer('threads', 1, 1, 256),
  };
}

function parseInteger(name: string, text: string | null, fallback: number, min: number, max: number): number {
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^[+-]?\d+$/.test(text)) throw new UsageError(`argument --${name}: invalid int value: '${text}'`);
  if (value < min || value > max) {
    throw new UsageError(`argument --${name}: ${text} is out of range; ${min} to ${max} is supported`);
  }
  return value;
}

/** `auto` and −1 mean the default; `4k` is 4000, `4K` is 4096, as vLLM reads them. */
function parseModelLen(text: string | null): number | null {
  if (text === null || text === 'auto' || text === '-1') return null;
  const match = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(text);
  const factor = { '': 1, k: 1000, K: 1024, m: 1e6, M: 1024 ** 2 }[match?.[2] ?? ''] ?? 1;
  const value = Math.floor(Number(match?.[1]) * factor);
  if (match === null || value < 1) throw new UsageError(`argument --max-model-len: invalid value: '${text}'`);
  return value;
}

function parseSeconds(name: string, text: string | null): number {
  const value = Number(text ?? 0);
  if (Number.isFinite(value) && value >= 0 && text !== '') return value;
  throw new UsageError(`argument --${name}: invalid number of seconds: '${text}'`);
}

function parseObject(name: string, text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Reported below together with values of another type.
  }
  throw new UsageError(`argument --${name}: '${text}' is not a JSON object`);
}

function toTlsOptions(values: ReadonlyMap<string, readonly string[]>): TlsOptions | null {
  const certFile = values.get('ssl-certfile')?.[0];
  const keyFile = values.get('ssl-keyfile')?.[0];
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined || keyFile === undefined) {
    throw new UsageError('arguments --ssl-certfile and --ssl-keyfile: give both');
  }
  const requirement = values.get('ssl-cert-reqs')?.[0] ?? '0';
  if (requirement !== '0' && requirement !== '2') {
    throw new UsageError(
      `argument --ssl-cert-reqs: ${requirement} is not supported — use 0 (no client certificate) or 2 (required)`,
    );
  }
  return {
    certFile,
    keyFile,
    caFile: values.get('ssl-ca-certs')?.[0] ?? null,
    requiresClientCertificate: requirement === '2',
    reloads: values.has('enable-ssl-refresh'),
  };
}

function isQuiet(level: string | null): boolean {
  return level === 'warning' || level === 'error' || level === 'critical';
}
