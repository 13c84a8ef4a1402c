import { servingConverters } from '@weir/api/serving';
import type { ApiServer } from '@weir/cluster/apiserver';
import { createApiServer } from '@weir/cluster/apiserver';
import { startControllerManager } from '@weir/cluster/controller-manager';
import { startServiceProxy } from '@weir/cluster/kubelet';
import type { Logger } from '@weir/core/log';
import { Client } from '@weir/kube';
import {
  createServingAdmission,
  ModelCacheSource,
  type ServingAdmissionOptions,
  startLlmisvc,
} from '@weir/llmisvc';
import { installRoot } from '../context.ts';
import { ensurePki } from './pki.ts';
import { applyPlatformObjects } from './platform-objects.ts';
import { startProcessNode } from './process-node.ts';
import type { ServingSettings } from './serving-settings.ts';
import {
  apiServerPort,
  layoutOf,
  loopbackRanges,
  type PlatformSettings,
  systemNamespace,
} from './settings.ts';
import { loadCrds } from './shipped.ts';

export interface Platform {
  /** Stops pods, then controllers, then the API server. */
  stop(): Promise<void>;
}

/** API server, controllers and kubelet of a local platform in this process, in the order in which they need each other. */
export async function startPlatform(
  settings: PlatformSettings,
  serving: ServingSettings,
  log: Logger,
): Promise<Platform> {
  const modelCaches = new ModelCacheSource({ systemNamespace, log });
  const server = await startApiServer(settings, { ...serving, modelCaches }, log);
  const stop = new AbortController();
  const client = (fieldManager: string): Client => new Client({ fetch: server.fetch, fieldManager });
  const options = { log, signal: stop.signal };
  modelCaches.start(client('llmisvc-admission'), stop.signal);
  const pki = await ensurePki(layoutOf(settings).pki, new Date());
  const { preventsDeletion: _, ...presets } = serving;
  await applyPlatformObjects(client('weir-platform'), presets.configPrefix, log);
  const controllers = await startControllerManager({
    client: client('kube-controller-manager'),
    caPem: pki.authority.certPem,
    ...options,
  });
  const proxy = await startServiceProxy({ client: client('kube-proxy'), ...options });
  const kubelet = await startLocalKubelet(
    settings,
    server,
    pki.authority.certPem,
    client('kubelet'),
    log,
    stop.signal,
  );
  const llmisvc = await startLlmisvc({
    client: client('llmisvc-controller'),
    systemNamespace,
    // The disk is the user's own.
    platform: { ...presets, allowLocalFiles: true },
    readyGate: settings.readyGate,
    ...options,
  });
  return {
    async stop() {
      stop.abort();
      await Promise.all([kubelet.stopped(), controllers.stopped(), llmisvc.stopped(), proxy.stopped()]);
      await server.stop();
    },
  };
}

async function startApiServer(
  settings: PlatformSettings,
  admission: Omit<ServingAdmissionOptions, 'systemNamespace'>,
  log: Logger,
): Promise<ApiServer> {
  const home = layoutOf(settings);
  const pki = await ensurePki(home.pki, new Date());
  const server = await createApiServer({
    dataDir: settings.isEphemeral ? null : home.data,
    log: log.child({ part: 'apiserver' }),
    crds: loadCrds(installRoot()),
    admission: createServingAdmission({ systemNamespace, ...admission }),
    converters: servingConverters,
    serviceCidr: loopbackRanges(settings.slot).services,
  });
  const tls = { certPem: pki.server.certPem, keyPem: pki.server.keyPem, caPem: pki.authority.certPem };
  await server.listen({ host: '127.0.0.1', port: apiServerPort(settings), tls });
  return server;
}

async function startLocalKubelet(
  settings: PlatformSettings,
  server: ApiServer,
  caPem: string,
  client: Client,
  log: Logger,
  signal: AbortSignal,
): Promise<{ stopped(): Promise<void> }> {
  const kubelet = await startProcessNode({
    client,
    nodeName: 'weir',
    home: layoutOf(settings),
    podCidr: loopbackRanges(settings.slot).pods,
    modelCache: settings.modelCache,
    imageMap: settings.imageMap,
    node: settings.node,
    launcher: settings.launcher,
    apiAccess: { url: `https://127.0.0.1:${apiServerPort(settings)}`, caPem },
    log: log.child({ part: 'kubelet' }),
    signal,
  });
  server.setPodLogs(kubelet.logs);
  return kubelet;
}
