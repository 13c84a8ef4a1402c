// From `weir up --quickstart` to the first token, phase by phase, with weights cached; then RSS of every process at idle.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalPlatform } from '@weir/testing';

const repeats = Number(process.env.WEIR_BENCH_REPEATS ?? 3);
const runs: { totalMs: number; phases: Record<string, number> }[] = [];
let memory: { command: string; rssMiB: number }[] = [];

for (let i = 0; i < repeats; i++) {
  const platform = new LocalPlatform({ portBase: 18_000, flags: ['--quickstart', '--ephemeral'] });
  const totalMs = await platform.start(120_000);
  runs.push({ totalMs: Math.round(totalMs), phases: phasesOf(platform.output) });
  if (i === repeats - 1) {
    await sleep(5000);
    memory = (await platform.processes()).map(processMemory).filter((entry) => entry.rssMiB > 5);
  }
  await platform.stop();
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const phaseNames = Object.keys(runs[0]?.phases ?? {});
console.log(
  JSON.stringify(
    {
      bench: 'startup',
      node: process.version,
      repeats,
      medianTotalMs: median(runs.map((run) => run.totalMs)),
      medianPhaseSeconds: Object.fromEntries(
        phaseNames.map((name) => [name, median(runs.map((run) => run.phases[name] ?? 0))]),
      ),
      idleRss: memory,
      idleRssTotalMiB: Math.round(memory.reduce((sum, entry) => sum + entry.rssMiB, 0)),
    },
    null,
    2,
  ),
);

/** `✓ name detail 1.2 s` lines of the progress display. */
function phasesOf(output: string): Record<string, number> {
  const phases: Record<string, number> = {};
  for (const line of output.split('\n')) {
    const match = /^✓ (.{16}).* (\d+\.\d) s$/.exec(line);
    if (match !== null) phases[(match[1] ?? '').trim()] = Number(match[2]);
  }
  return phases;
}

function processMemory(pid: number): { command: string; rssMiB: number } {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const at = argv.findIndex((word) => word.endsWith('weir.mjs'));
    const command = at < 0 ? (argv[0] ?? '') : (argv[at + 1] ?? '');
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return { command, rssMiB: Math.round((pages * 4096) / 1048576) };
  } catch {
    return { command: '', rssMiB: 0 };
  }
}
