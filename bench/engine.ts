/**
 * Measures the CPU engine alone: `node --import tsx bench/engine.ts [MODEL] [engine flags]`. Prints one JSON object.
 * Rates are tokens per CPU second of the engine process, which neighbours on the machine hardly change; wall-clock
 * figures are of this run only. MODEL defaults to the cached SmolLM2 weights, else to builtin://tiny-random.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { SseDecoder } from '@weir/wire/sse';
import { describeMachine } from './report/machine.ts';

const main = path.join(import.meta.dirname, '../packages/engine-cpu/src/main.ts');
const cached = path.join(
  process.env.WEIR_CACHE ?? path.join(homedir(), '.cache/weir'),
  'models/smollm2/model.gguf',
);
const [model = existsSync(cached) ? cached : 'builtin://tiny-random', ...flags] = process.argv.slice(2);
const outputTokens = 128;

const port = await freePort();
const startedAtMs = performance.now();
const argv = [
  '--import',
  'tsx',
  main,
  'serve',
  model,
  '--port',
  String(port),
  '--uvicorn-log-level',
  'warning',
  ...flags,
];
const engine = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'] });
try {
  await serving();
  const servingMs = performance.now() - startedAtMs;
  const first = await complete('Hello', 1);
  const firstTokenMs = performance.now() - startedAtMs;
  const idle = await processMetrics();
  const result = {
    model: path.basename(model),
    flags,
    machine: describeMachine(),
    start: { servingMs: round(servingMs), firstTokenMs: round(firstTokenMs), firstTokens: first.tokens },
    memoryMb: { afterStart: megabytes(idle.memoryBytes) },
    prefill: await measure(
      () => complete(words(700), 1),
      (answer) => answer.promptTokens,
    ),
    decode1: await measure(
      () => complete('Once upon a time', outputTokens),
      (answer) => answer.tokens,
    ),
    decode4: await measure(
      () => streams(4),
      (tokens) => tokens,
    ),
    longestGapMs: await longestGapDuringPrefill(),
  };
  const busy = await processMetrics();
  const output = { ...result, memoryMb: { ...result.memoryMb, afterRun: megabytes(busy.memoryBytes) } };
  process.stdout.write(`${JSON.stringify(output, null, 2)}\n`);
} finally {
  engine.kill('SIGTERM');
}

interface Answer {
  readonly tokens: number;
  readonly promptTokens: number;
  /** Longest time between two events. */
  readonly gapMs: number;
}

async function measure<T>(work: () => Promise<T>, tokensOf: (result: T) => number): Promise<object> {
  const before = await processMetrics();
  const from = performance.now();
  const tokens = tokensOf(await work());
  const wallSeconds = (performance.now() - from) / 1000;
  const cpuSeconds = (await processMetrics()).cpuSeconds - before.cpuSeconds;
  return {
    tokens,
    tokensPerCpuSecond: round(tokens / cpuSeconds),
    tokensPerSecond: round(tokens / wallSeconds),
    cpuSeconds: round(cpuSeconds),
  };
}

async function streams(count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, i) => complete(`Story ${i}:`, outputTokens)),
  );
  return answers.reduce((sum, { tokens }) => sum + tokens, 0);
}

/** The longest pause in a stream while another request brings a long prompt. */
async function longestGapDuringPrefill(): Promise<number> {
  const stream = complete('Count slowly:', outputTokens);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await complete(words(900), 1);
  return round((await stream).gapMs);
}

async function complete(prompt: string, maxTokens: number): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      prompt,
      max_tokens: maxTokens,
      ignore_eos: true,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  if (response.body === null || !response.ok) throw new Error(await response.text());
  const decoder = new SseDecoder();
  let gapMs = 0;
  let lastAt: number | null = null;
  let usage = { completion_tokens: 0, prompt_tokens: 0 };
  for await (const bytes of response.body) {
    const now = performance.now();
    if (lastAt !== null) gapMs = Math.max(gapMs, now - lastAt);
    lastAt = now;
    for (const event of decoder.push(bytes)) if (event !== '[DONE]') usage = JSON.parse(event).usage ?? usage;
  }
  return { tokens: usage.completion_tokens, promptTokens: usage.prompt_tokens, gapMs };
}

/** Different at every call, so that no prefix is cached. */
function words(count: number): string {
  const salt = Math.random().toString(36).slice(2);
  return `${salt} ${Array.from({ length: count }, (_, i) => `word${i % 10}`).join(' ')}`.slice(0, count * 4);
}

async function processMetrics(): Promise<{ cpuSeconds: number; memoryBytes: number }> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^process_${name} (.+)$`, 'm').exec(text)?.[1]);
  return { cpuSeconds: value('cpu_seconds_total'), memoryBytes: value('resident_memory_bytes') };
}

async function serving(): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (engine.exitCode !== null) throw new Error(`the engine ended with ${engine.exitCode}`);
    const response = await fetch(`http://127.0.0.1:${port}/health`).catch(() => null);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the engine does not answer');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
