import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, freePort, startProgram } from '@weir/testing';
import { root } from './llmisvc-target.ts';

/** `weir controller` in a process of its own, with its webhooks on loopback. */
export interface ControllerProcess {
  readonly metricsPort: number;
  readonly healthPort: number;
  readonly logFile: string;
  /** Text of a path of the metrics or health server; empty when it does not answer with 200. */
  text(port: number, path: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startController(
  kubeconfig: string,
  flags: readonly string[] = [],
): Promise<ControllerProcess> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-controller-'));
  const [webhookPort, metricsPort, healthPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const logFile = path.join(folder, 'log');
  const launcher = path.join(root, 'packages/cli/bin/weir.mjs');
  const program = startProgram('weir controller', process.execPath, [launcher, 'controller', ...flags], {
    logFile,
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
  const text = async (port: number, where: string): Promise<string> => {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${where}`);
      return response.ok ? await response.text() : '';
    } catch {
      return '';
    }
  };
  await eventually('weir controller', async () => (await text(healthPort, '/readyz')) === 'ok', {
    timeoutMs: 120_000,
    program,
  });
  return {
    metricsPort,
    healthPort,
    logFile,
    text,
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
