import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@weir/core/log';
import { readProcessStat } from '@weir/core/process';
import { afterAll, describe, expect, test } from 'vitest';
import { type ContainerRuntime, type ContainerSpec, ContainerStartError } from './contracts.ts';
import { LogStore } from './log-store.ts';
import { detectMountNamespace } from './mount-namespace.ts';
import { createProcessRuntime } from './process-runtime.ts';

/** For machines that are busy with other tests. */
const patient = { timeout: 30_000 };

const dir = mkdtempSync(join(tmpdir(), 'weir-runtime-'));
const hasNamespaces = (await detectMountNamespace()) !== null;
const isolated = await start('auto');
const mapped = await start('paths');

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function start(isolation: 'auto' | 'paths'): Promise<ContainerRuntime> {
  return createProcessRuntime({
    recordDir: join(dir, isolation),
    logs: new LogStore({ maxFileBytes: 1e6, maxFiles: 3 }),
    log: silentLogger,
    isolation,
    memorySampleMs: 2000,
  });
}

function specOf(script: string, more: Partial<ContainerSpec> = {}): ContainerSpec {
  const id = randomUUID();
  const own = join(dir, id);
  mkdirSync(join(own, 'volume'), { recursive: true });
  writeFileSync(join(own, 'message'), '');
  return {
    id,
    podUid: 'pod',
    container: 'main',
    attempt: 0,
    argv: ['/bin/sh', '-c', script],
    env: { PATH: '/usr/bin:/bin' },
    workingDir: null,
    mounts: [{ containerPath: '/mnt/models', hostPath: join(own, 'volume'), readOnly: false }],
    terminationLog: {
      containerPath: '/dev/termination-log',
      hostPath: join(own, 'message'),
      readOnly: false,
    },
    keepVisible: [],
    scratchDir: join(own, 'main', 'home'),
    logFile: join(own, 'log'),
    memoryLimitBytes: null,
    ...more,
  };
}

function logOf(spec: ContainerSpec): string {
  return readFileSync(spec.logFile, 'utf8').replace(/^\S+Z \w+ F /gm, '');
}

describe('process runtime', () => {
  test('reports the exit code and the output of both streams', async () => {
    const spec = specOf('echo out; echo err >&2; exit 3');
    const container = await mapped.start(spec);
    expect(await container.exited).toMatchObject({ exitCode: 3, signal: null, wasOutOfMemory: false });
    expect(logOf(spec).split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  test('reports a signal as 128 + its number', async () => {
    const container = await mapped.start(specOf('kill -9 $$'));
    expect(await container.exited).toMatchObject({ exitCode: 137, signal: 9 });
  });

  test('passes on nothing but the given environment', async () => {
    const spec = specOf('env', { env: { PATH: '/usr/bin:/bin', GREETING: 'hi' } });
    await (await mapped.start(spec)).exited;
    const names = logOf(spec)
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(
      [
        'GREETING',
        'HOME',
        'PATH',
        'PWD',
        'WEIR_CONTAINER_ID',
        'WEIR_PATH_MAP',
        'WEIR_TERMINATION_LOG',
      ].sort(),
    );
  });

  test('ends everything the container has started when its first process ends', async () => {
    const spec = specOf('sleep 60 & echo $!; setsid sleep 61 & echo $!; exit 0');
    await (await mapped.start(spec)).exited;
    for (const child of logOf(spec).trim().split('\n'))
      await expect.poll(() => readProcessStat(Number(child)), patient).toBeUndefined();
  });

  test('ends what is about to become another program in that moment', async () => {
    const escaping = async (): Promise<string[]> => {
      const spec = specOf('for i in 1 2 3 4; do setsid sleep 62 & echo $!; done; exit 0');
      await (await mapped.start(spec)).exited;
      return logOf(spec).trim().split('\n');
    };
    const pids = (await Promise.all(Array.from({ length: 25 }, escaping))).flat();
    expect(pids).toHaveLength(100);
    for (const pid of pids) await expect.poll(() => readProcessStat(Number(pid)), patient).toBeUndefined();
  });

  test('rewrites paths of mounts where there is no mount namespace', async () => {
    const spec = specOf('echo "$1 $MODEL"', { env: { PATH: '/usr/bin:/bin', MODEL: '/mnt/models/m' } });
    const volume = spec.mounts[0]?.hostPath;
    await (await mapped.start({ ...spec, argv: [...spec.argv, 'sh', '--dir=/mnt/models/d'] })).exited;
    expect(logOf(spec)).toBe(`--dir=${volume}/d ${volume}/m\n`);
  });

  test.each([
    [['no-such-program'], 'exec: "no-such-program": executable file not found in $PATH', 127],
    [['/no/such/program'], 'exec: "/no/such/program": stat /no/such/program: no such file or directory', 127],
    [['/etc'], 'exec: "/etc": permission denied', 126],
    [[], 'no command specified', 127],
  ])('refuses to start %j', async (argv, message, exitCode) => {
    const error = await mapped.start({ ...specOf(''), argv }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ContainerStartError);
    expect(error).toMatchObject({ message, exitCode });
  });

  test('does not let a process run that cannot be recorded', async () => {
    const runtime = await start('paths');
    rmSync(join(dir, 'paths'), { recursive: true });
    const spec = specOf('echo ran > "$HOME/ran"');
    await expect(runtime.start(spec)).rejects.toThrow('cannot record the process: ENOENT');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(existsSync(join(spec.scratchDir, 'ran'))).toBe(false);
    mkdirSync(join(dir, 'paths'));
  });

  test('kills a command that runs into its time-out', async () => {
    const container = await mapped.start(specOf('sleep 60'));
    expect(await container.exec(['/bin/sh', '-c', 'echo begun; sleep 60'], { timeoutMs: 1000 })).toEqual({
      exitCode: null,
      output: 'begun\n',
    });
    container.kill();
    await container.exited;
  });

  test.runIf(hasNamespaces)('shows mounts at their paths to plain shell commands, and to exec', async () => {
    const spec = specOf(
      'echo text > /mnt/models/file; echo bye > /dev/termination-log; echo $WEIR_PATH_MAP; sleep 60',
    );
    const container = await isolated.start(spec);
    await expect.poll(() => readFileSync(spec.terminationLog.hostPath, 'utf8'), patient).toBe('bye\n');
    expect(await container.exec(['cat', '/mnt/models/file'], { timeoutMs: 30_000 })).toEqual({
      exitCode: 0,
      output: 'text\n',
    });
    expect(logOf(spec)).toContain('["/mnt/models","/mnt/models"]');
    container.kill();
    await container.exited;
  });

  test.runIf(hasNamespaces)('makes a missing working directory inside the view only', async () => {
    const spec = specOf('pwd; touch here; cat /etc/hostname >/dev/null && echo host', {
      workingDir: '/workspace/app',
    });
    await (await isolated.start(spec)).exited;
    expect(logOf(spec)).toBe('/workspace/app\nhost\n');
  });
});
