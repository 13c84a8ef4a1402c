/**
 * Measures commands from the start of their process to its end, as a user waits for them, in milliseconds. The first
 * run of each may make the bundle, and is left out. Prints one JSON object.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from './report/machine.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const launcher = path.join(root, 'packages', 'cli', 'bin', 'weir.mjs');
const sample = path.join(root, 'config', 'samples', 'quickstart.yaml');
const repeats = Number(process.env.WEIR_BENCH_REPEATS ?? 15);

const commands: Readonly<Record<string, readonly string[]>> = {
  version: ['--version'],
  help: ['--help'],
  validate: ['validate', '-f', sample],
  render: ['render', '-f', sample],
};
const machine = describeMachine();
const results = Object.fromEntries(Object.entries(commands).map(([name, argv]) => [name, times(argv)]));
console.log(JSON.stringify({ schema: 'weir.dev/bench-cli/v1', machine, repeats, results }, null, 2));

function times(argv: readonly string[]): { readonly minMs: number; readonly medianMs: number } {
  const all = Array.from({ length: repeats + 1 }, () => run(argv))
    .slice(1)
    .sort((a, b) => a - b);
  return { minMs: all[0] ?? 0, medianMs: all[Math.floor(all.length / 2)] ?? 0 };
}

function run(argv: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [launcher, ...argv], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`weir ${argv.join(' ')} ended with ${status}: ${stderr}`);
  return Math.round(performance.now() - startedAt);
}
