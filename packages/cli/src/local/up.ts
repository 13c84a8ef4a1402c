import { rmSync } from 'node:fs';
import path from 'node:path';
import { aborted, Client, type Fetch } from '@weir/kube';
import type { ReadyGate } from '@weir/llmisvc';
import { createClusterFetch } from '../cluster/fetch.ts';
import { readKubeconfig } from '../cluster/kubeconfig.ts';
import { type CliContext, launcherPath } from '../context.ts';
import { type HomeLayout, homeLayout, weirHome } from './home.ts';
import { claimInstance, type Instance, releaseInstance } from './instance.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { ensurePki } from './pki.ts';
import { requireFreePort } from './ports.ts';
import type { Progress } from './progress.ts';
import { type QuickstartResult, runQuickstart } from './quickstart.ts';
import { apiServerPort, type PlatformSettings } from './settings.ts';
import { Supervised } from './supervisor.ts';

export interface UpOptions {
  readonly portBase: number;
  readonly isEphemeral: boolean;
  readonly withQuickstart: boolean;
  readonly imageMap: Readonly<Record<string, string>>;
  readonly readyGate: ReadyGate;
  /** Folder of the installation. */
  readonly root: string;
}

/** Port of the default Gateway's listener 80: base + 80 (features C3). */
function gatewayPort(portBase: number): number {
  return portBase + 80;
}

/** Runs the local platform until the context's signal fires; `onReady` gets what a user can paste. */
export async function runUp(
  context: CliContext,
  options: UpOptions,
  progress: Progress,
  onReady: (summary: string) => void,
): Promise<void> {
  const home = homeLayout(weirHome(context.env));
  const instance = claimInstance(home, options.portBase, new Date());
  const parts: Supervised[] = [];
  try {
    await requireFreePort(apiServerPort(options), 'API server');
    await requireFreePort(gatewayPort(options.portBase), 'gateway');
    const settings = await prepare(home, instance, options, context.env.WEIR_MODEL_CACHE);
    await startParts(parts, settings, context, progress);
    if (context.signal.aborted) return;
    const connection = await connectAsAdmin(home);
    const quickstart = options.withQuickstart
      ? await runQuickstart(connection, options.root, progress, context.signal)
      : null;
    if (!context.signal.aborted) onReady(summaryText(home, settings, quickstart));
    await aborted(context.signal);
  } finally {
    // The gateway first: it drains while the pods still answer.
    if (parts.length > 0) progress.start('stopping');
    for (const part of parts.reverse()) await part.stop();
    if (parts.length > 0) progress.done();
    releaseInstance(home, instance);
  }
}

async function prepare(
  home: HomeLayout,
  instance: Instance,
  options: UpOptions,
  modelCache: string | undefined,
): Promise<PlatformSettings> {
  if (options.isEphemeral) rmSync(home.kubelet, { recursive: true, force: true });
  const pki = await ensurePki(home.pki, new Date());
  const server = `https://127.0.0.1:${apiServerPort(options)}`;
  writeKubeconfig(home.kubeconfig, server, pki.authority.certPem, 'admin', pki.admin);
  writeKubeconfig(
    path.join(home.pki, 'gateway.kubeconfig'),
    server,
    pki.authority.certPem,
    'weir-gateway',
    pki.gateway,
  );
  return {
    home: home.root,
    portBase: options.portBase,
    slot: instance.slot,
    isEphemeral: options.isEphemeral,
    modelCache: path.resolve(modelCache || home.models),
    imageMap: options.imageMap,
    readyGate: options.readyGate,
    node: process.execPath,
    launcher: launcherPath(options.root),
  };
}

async function startParts(
  parts: Supervised[],
  settings: PlatformSettings,
  context: CliContext,
  progress: Progress,
): Promise<void> {
  const home = homeLayout(settings.home);
  const environment = { logs: home.logs, env: context.env, command: [settings.node, settings.launcher] };
  const start = async (name: string, argv: readonly string[], detail: string): Promise<void> => {
    if (context.signal.aborted) return;
    progress.start(name);
    const part = new Supervised({ name, argv }, environment);
    parts.push(part);
    try {
      // Who ends the platform while it starts need not wait for a part that is slow.
      await Promise.race([part.start(), aborted(context.signal)]);
      if (context.signal.aborted) return progress.fail('');
    } catch (error) {
      progress.fail('');
      throw error;
    }
    progress.done(detail);
  };
  await start(
    'control-plane',
    ['control-plane', JSON.stringify(settings)],
    `https://127.0.0.1:${apiServerPort(settings)}`,
  );
  const kubeconfig = path.join(home.pki, 'gateway.kubeconfig');
  const argv = [
    'gateway',
    '--kubeconfig',
    kubeconfig,
    '--port-base',
    String(settings.portBase),
    '--slot',
    String(settings.slot),
  ];
  await start('gateway', argv, `http://127.0.0.1:${gatewayPort(settings.portBase)}`);
}

async function connectAsAdmin(home: HomeLayout): Promise<{ client: Client; fetch: Fetch }> {
  const fetch = await createClusterFetch(readKubeconfig(home.kubeconfig));
  return { fetch, client: new Client({ fetch, fieldManager: 'weir' }) };
}

function summaryText(
  home: HomeLayout,
  settings: PlatformSettings,
  quickstart: QuickstartResult | null,
): string {
  const lines = ['', `  kubectl   kubectl --kubeconfig ${home.kubeconfig} get llmisvc -A -o wide`];
  if (quickstart === null) {
    lines.push(
      `  gateway   http://127.0.0.1:${gatewayPort(settings.portBase)}`,
      `  next      weir apply -f SERVICE.yaml`,
    );
  } else {
    const body = JSON.stringify({
      model: quickstart.model,
      messages: [{ role: 'user', content: 'What is Kubernetes?' }],
      stream: true,
    });
    lines.push(
      `  endpoint  ${quickstart.url}/v1  (model ${quickstart.model})`,
      `  curl      curl -N ${quickstart.url}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}
