import type { LogFields, Logger } from '@weir/core/log';
import { runEngine } from '../run.ts';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export interface TestEngine {
  readonly url: string;
  readonly lines: readonly LogLine[];
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  /** Stops the engine; resolves with its exit code. */
  stop(): Promise<number>;
}

/** Runs the whole engine in this process, on a free port of the loopback interface. */
export async function runTestEngine(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestEngine> {
  const { log, lines, logged } = recordingLogger();
  const stop = new AbortController();
  const argv = [
    'serve',
    ...(args[0]?.startsWith('-') === false ? [] : ['builtin://tiny-random']),
    ...args,
    '--port',
    '0',
  ];
  const exit = runEngine(argv, { env, log, signal: stop.signal, stdout: { write: () => true } });
  const serving = await Promise.race([
    logged('serving'),
    exit.then((code) => Promise.reject(new Error(`exit ${code}: ${lines.at(-1)?.message}`))),
  ]);
  const scheme = args.includes('--ssl-certfile') ? 'https' : 'http';
  const url = `${scheme}://${serving.fields.host}:${serving.fields.port}`;
  return {
    url,
    lines,
    post: (path, body, init = {}) =>
      fetch(url + path, {
        method: 'POST',
        ...init,
        headers: { 'content-type': 'application/json', ...init.headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async stop() {
      stop.abort();
      return exit;
    },
  };
}

/** Keeps every line; `logged` waits for the first one with a message. */
export function recordingLogger(): {
  readonly log: Logger;
  readonly lines: LogLine[];
  readonly logged: (message: string) => Promise<LogLine>;
} {
  const lines: LogLine[] = [];
  const waiting: { message: string; resolve: (line: LogLine) => void }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      const line = { level, message, fields };
      lines.push(line);
      for (const waiter of waiting) if (waiter.message === message) waiter.resolve(line);
    };
  const log: Logger = {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
    isLevelEnabled: () => true,
  };
  const logged = (message: string): Promise<LogLine> =>
    new Promise((resolve) => {
      const line = lines.find((candidate) => candidate.message === message);
      if (line === undefined) waiting.push({ message, resolve });
      else resolve(line);
    });
  return { log, lines, logged };
}
