/**
 * What the gateway adds to a direct connection: latency and CPU per request and per streamed event. Prints JSON.
 * `node --import tsx bench/gateway.ts [seconds per run]`
 *
 * Three processes on loopback: this load generator, one backend of raw sockets, one gateway with one route.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runClosedLoop, runPaced, runStreams, type Sample } from './gateway/load.ts';
import { describeMachine } from './report/machine.ts';

interface Role {
  readonly process: ChildProcess;
  readonly port: number;
}

const seconds = Number(process.argv[2] ?? 5);

async function main(): Promise<void> {
  const backend = await start('backend', []);
  const service = await start('proxy', [String(backend.port), 'service']);
  const pool = await start('proxy', [String(backend.port), 'pool']);
  const runs: Readonly<Record<string, (port: number) => Promise<Sample>>> = {
    'json 1 KB, 100 requests/s': (port) => runPaced(port, { perSecond: 100, seconds }),
    'json 1 KB, 64 connections': (port) => runClosedLoop(port, { connections: 64, seconds }),
    'sse, 30 streams, 1 event per 20 ms': (port) =>
      runStreams(port, { streams: 30, intervalMs: 20, seconds }),
    'sse, 60 streams, 1 event per 10 ms': (port) =>
      runStreams(port, { streams: 60, intervalMs: 10, seconds }),
  };
  const results = [];
  for (const [name, run] of Object.entries(runs)) {
    const direct = await run(backend.port);
    for (const [via, proxy] of Object.entries({ service, pool })) {
      const before = await cpuMicros(proxy.process);
      const sample = await run(proxy.port);
      const cpu = (await cpuMicros(proxy.process)) - before;
      results.push({
        name,
        via,
        operations: sample.operations,
        errors: sample.errors,
        perSecond: Math.round(sample.operations / sample.seconds),
        cpuMicrosPerOperation: Math.round(cpu / sample.operations),
        addedP50Ms: round(sample.p50Ms - direct.p50Ms),
        addedP99Ms: round(sample.p99Ms - direct.p99Ms),
        direct: { p50Ms: round(direct.p50Ms), p99Ms: round(direct.p99Ms) },
      });
    }
  }
  const rssMiB = Math.round((await ask(pool.process, 'rss')) / 1048576);
  for (const role of [service, pool, backend]) role.process.disconnect();
  const machine = describeMachine();
  process.stdout.write(`${JSON.stringify({ machine, seconds, rssMiB, results }, null, 2)}\n`);
}

async function start(role: string, parameters: readonly string[]): Promise<Role> {
  const child = fork(fileURLToPath(new URL(`./gateway/${role}.ts`, import.meta.url)), [...parameters]);
  const port = await new Promise<number>((resolve) =>
    child.once('message', (message) => resolve(Number(message))),
  );
  return { process: child, port };
}

function cpuMicros(child: ChildProcess): Promise<number> {
  return ask(child, 'cpu');
}

function ask(child: ChildProcess, what: 'cpu' | 'rss'): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(Number(message)));
    child.send(what);
  });
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

await main();
