import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

export { parseZapLevel } from './zap-level.ts';

export type LogFields = Readonly<Record<string, unknown>>;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/**
 * Structured log: a constant message plus fields. Levels by rule: info once per request or state change, debug per
 * plugin or step, trace per chunk. Passed as an argument, never imported as a global.
 */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
  isLevelEnabled(level: LogLevel): boolean;
}

export interface LoggerOptions {
  /** Component name, field `logger` of every line. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Where lines go; default standard error. */
  readonly destination?: DestinationStream;
}

/** A JSON-lines logger. An `error` or `cause` field that holds an Error is written as its message and stack. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? standardError();
  const instance = pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err, cause: pino.stdSerializers.err },
    },
    destination,
  ).child({ logger: options.name });
  return wrap(instance);
}

/** Lines that are kept while standard error takes none. */
const heldBytes = 1024 * 1024;

function standardError(): DestinationStream {
  const stream = pino.destination({ dest: 2, sync: true, maxLength: heldBytes });
  // A log file on a full disk, or a reader that went away, must not end the process.
  stream.on('error', () => {});
  return stream;
}

/** Discards everything; for tests and for callers that want silence. */
export const silentLogger: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
  isLevelEnabled: () => false,
};

function wrap(instance: PinoLogger): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (fields === undefined) instance[level](message);
    else instance[level](fields, message);
  };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(instance.child(fields)),
    isLevelEnabled: (level) => instance.isLevelEnabled(level),
  };
}
