import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort } from '@weir/testing';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));
export const launcher: string = path.join(root, 'packages/cli/bin/weir.mjs');

/** `weir controller` in a process of its own, and what it has cost so far. */
export interface Subject {
  cpuSeconds(): number;
  rssMiB(): number;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
}

/** Resolves when the controller is ready. */
export async function startSubject(kubeconfig: string): Promise<Subject> {
  const [webhookPort, metricsPort, healthPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const child = spawn(process.execPath, [launcher, 'controller'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      KUBECONFIG: kubeconfig,
      WEIR_SYSTEM_NAMESPACE: 'kserve',
      WEIR_WEBHOOK_HOST: '127.0.0.1',
      WEIR_WEBHOOK_PORT: String(webhookPort),
      WEIR_METRICS_PORT: String(metricsPort),
      WEIR_HEALTH_PORT: String(healthPort),
    },
  });
  const isReady = async (): Promise<boolean> => {
    const response = await fetch(`http://127.0.0.1:${healthPort}/readyz`).catch(() => null);
    return response?.ok === true;
  };
  await eventually('weir controller', isReady, { timeoutMs: 120_000 });
  return {
    cpuSeconds: () => cpuTicks(child.pid) / 100,
    rssMiB: () => statusMiB(child.pid, 'VmRSS'),
    stop: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}

/** User and system time; Linux counts it in hundredths of a second. */
function cpuTicks(pid: number | undefined): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
  return user + system;
}

function statusMiB(pid: number | undefined, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024);
}
