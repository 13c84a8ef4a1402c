import type { LogLevel } from './index.ts';

/**
 * The level that `--zap-log-level` of Go controllers names: debug, info, error, or a verbosity, of which 3 and 4 are our
 * debug and 5 our trace; null when it is none of these.
 */
export function parseZapLevel(text: string): LogLevel | null {
  if (text === 'debug' || text === 'info' || text === 'error') return text;
  const verbosity = Number(text);
  if (text.trim() === '' || !Number.isInteger(verbosity)) return null;
  if (verbosity >= 5) return 'trace';
  return verbosity >= 3 ? 'debug' : 'info';
}
