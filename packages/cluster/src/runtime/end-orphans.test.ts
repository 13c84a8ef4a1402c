import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProcessStat } from '@weir/core/process';
import { afterEach, describe, expect, test } from 'vitest';
import type { ContainerSpec, Orphan } from './contracts.ts';
import { endOrphans } from './end-orphans.ts';
import { ProcessTable } from './process-table.ts';

const dirs: string[] = [];

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'weir-orphans-'));
  dirs.push(dir);
  return dir;
}

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

/** A process with a runtime of its own that starts the scripts as containers and says their pids. */
async function startRuntime(
  dir: string,
  scripts: readonly string[],
): Promise<{ owner: ChildProcess; pids: number[] }> {
  const program = `
    import { createProcessRuntime, LogStore } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
    const log = { debug() {}, info() {}, warn() {}, error() {}, trace() {}, child: () => log, isLevelEnabled: () => false };
    const logs = new LogStore({ maxFileBytes: 1e6, maxFiles: 2 });
    const runtime = await createProcessRuntime({ recordDir: ${JSON.stringify(join(dir, 'records'))}, logs, log, isolation: 'paths', memorySampleMs: 2000 });
    const pids = [];
    for (const [attempt, script] of ${JSON.stringify(scripts)}.entries()) {
      const own = ${JSON.stringify(dir)} + '/' + attempt;
      const container = await runtime.start({
        id: 'id-' + attempt, podUid: 'uid', container: 'main', attempt, argv: ['/bin/sh', '-c', script],
        env: { PATH: '/usr/bin:/bin' }, workingDir: null, mounts: [], keepVisible: [], memoryLimitBytes: null,
        terminationLog: { containerPath: '/dev/termination-log', hostPath: own + '-message', readOnly: false },
        scratchDir: own + '/home', logFile: own + '.log',
      });
      pids.push(container.pid);
    }
    setTimeout(() => console.log(JSON.stringify(pids)), 150);
    setInterval(() => {}, 1000);
  `;
  const file = join(dir, 'runtime.mts');
  writeFileSync(file, program);
  const owner = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve) =>
    owner.stdout?.once('data', (data) => resolve(String(data))),
  );
  return { owner, pids: JSON.parse(line) as number[] };
}

function endAll(table: ProcessTable, graceMs: number): Promise<readonly Orphan[]> {
  return endOrphans(table, table.find(), graceMs);
}

function specOf(id: string): ContainerSpec {
  return {
    ...{ id, podUid: 'uid', container: 'main', attempt: 0, argv: [], env: {}, workingDir: null, mounts: [] },
    terminationLog: { containerPath: '/dev/termination-log', hostPath: '/dev/null', readOnly: false },
    ...{ keepVisible: [], scratchDir: '/', logFile: '/dev/null', memoryLimitBytes: null },
  };
}

async function killHard(process: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => process.once('exit', resolve));
  process.kill('SIGKILL');
  await gone;
}

describe('orphans of a killed kubelet', () => {
  test('are recognised and ended, those that ignore SIGTERM and that left their parent too', async () => {
    const dir = tempDir();
    const { owner, pids } = await startRuntime(dir, [
      'exec sleep 60',
      'trap "" TERM; while :; do sleep 0.05; done',
      'setsid sleep 61 & exec sleep 0.01',
      'sleep 62',
    ]);
    await killHard(owner);
    const orphans = await endAll(new ProcessTable(join(dir, 'records')), 200);
    expect(orphans.map(({ attempt }) => attempt).sort()).toEqual(expect.arrayContaining([0, 1, 3]));
    for (const pid of pids) expect(readProcessStat(pid)).toBeUndefined();
    expect(await endAll(new ProcessTable(join(dir, 'records')), 0)).toEqual([]);
  });

  test('a stranger with a recorded pid is left alone', async () => {
    const dir = tempDir();
    const table = new ProcessTable(dir);
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    const pid = stranger.pid ?? 0;
    table.add(pid, specOf('id'), new Date());
    const [found] = table.find();
    const record = { ...found?.record, startTime: (found?.record.startTime ?? 0) - 1 };
    writeFileSync(join(dir, 'id.json'), JSON.stringify(record));
    expect(await endAll(table, 0)).toEqual([]);
    expect(readProcessStat(pid)?.pid).toBe(pid);
    stranger.kill('SIGKILL');
  });

  test('records of an earlier boot and torn records name nobody', async () => {
    const dir = tempDir();
    const table = new ProcessTable(dir);
    table.add(process.pid, specOf('old'), new Date());
    const [found] = table.find();
    writeFileSync(join(dir, 'old.json'), JSON.stringify({ ...found?.record, bootId: 'another' }));
    writeFileSync(join(dir, 'torn.json'), '{"pid":1');
    expect(await endAll(table, 0)).toEqual([]);
    expect(table.find()).toEqual([]);
  });
});
