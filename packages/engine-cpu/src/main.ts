import { createLogger } from '@weir/core/log';
import { runEngine } from './run.ts';

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('SIGINT', () => stop.abort());
process.exitCode = await runEngine(process.argv.slice(2), {
  env: process.env,
  log: createLogger({ name: 'engine' }),
  signal: stop.signal,
  stdout: process.stdout,
});
// The native library keeps threads that would hold the process open.
process.exit();
