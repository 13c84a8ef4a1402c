import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { KubeObject, ResourceKind } from '@weir/api/meta';
import { type LLMInferenceService, servingResources } from '@weir/api/serving';
import { type Client, isKubeError } from '@weir/kube';
import { eventually, freePort, type SignalledProgram, startSignalledProgram } from '@weir/testing';
import { root } from './llmisvc-target.ts';

/** `weir controller` in a process of its own. */
export interface ControllerProcess {
  readonly program: SignalledProgram;
  readonly metricsPort: number;
  readonly healthPort: number;
  readonly logFile: string;
  /** Text of a path of the metrics or health server; empty when it does not answer with 200. */
  text(port: number, path: string): Promise<string>;
  /** What it has logged so far. */
  log(): string;
  /** Kills it, when it runs still, and forgets its log. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Serves and installs webhooks on loopback; default true. */
  readonly webhooks?: boolean;
}

/** Starts the process and waits until it says that it is ready. */
export async function startController(
  kubeconfig: string,
  flags: readonly string[] = [],
  options: Omit<LaunchOptions, 'flags'> = {},
): Promise<ControllerProcess> {
  const controller = await launchController(kubeconfig, { ...options, flags });
  await eventually('weir controller', async () => isReady(controller), { program: controller.program });
  return controller;
}

export async function isReady({ text, healthPort }: ControllerProcess): Promise<boolean> {
  return (await text(healthPort, '/readyz')) === 'ok';
}

/**
 * Waits until an API server asks the webhooks of both kinds, in both versions: it hears of their configurations a while
 * after they were written.
 */
export async function untilAsked(client: Client): Promise<void> {
  const { services } = servingResources;
  for (const version of ['v1alpha1', 'v1alpha2']) {
    const kind = { ...services, version } as ResourceKind;
    const service = {
      apiVersion: `${services.group}/${version}`,
      kind: services.kind,
      metadata: { name: 'asked', namespace: 'default' },
    };
    const create = (uri: string): Promise<KubeObject> =>
      client.create(kind, { ...service, spec: { model: { uri } } } as KubeObject, { dryRun: true });
    await eventually(`the defaults of ${version}`, async () => {
      const { spec } = (await create('hf://org/model')) as LLMInferenceService;
      return spec?.model?.name === 'asked';
    });
    await eventually(`the checks of ${version}`, () =>
      create('ftp://org/model').then(
        () => false,
        (error) => isKubeError(error, 'Invalid'),
      ),
    );
  }
}

/** Starts the process and does not wait for anything. */
export async function launchController(
  kubeconfig: string,
  { flags = [], env = {}, webhooks = true }: LaunchOptions = {},
): Promise<ControllerProcess> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-controller-'));
  const [webhookPort, metricsPort, healthPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const logFile = path.join(folder, 'log');
  const launcher = path.join(root, 'packages/cli/bin/weir.mjs');
  const program = await startSignalledProgram(
    'weir controller',
    process.execPath,
    [launcher, 'controller', ...flags],
    {
      logFile,
      env: {
        ...process.env,
        KUBECONFIG: kubeconfig,
        WEIR_SYSTEM_NAMESPACE: 'kserve',
        ...(webhooks ? { WEIR_WEBHOOK_HOST: '127.0.0.1', WEIR_WEBHOOK_PORT: String(webhookPort) } : {}),
        WEIR_METRICS_PORT: String(metricsPort),
        WEIR_HEALTH_PORT: String(healthPort),
        ...env,
      },
    },
  );
  return {
    program,
    metricsPort,
    healthPort,
    logFile,
    text: textOf,
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function textOf(port: number, where: string): Promise<string> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${where}`);
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}
