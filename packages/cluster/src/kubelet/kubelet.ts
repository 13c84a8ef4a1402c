import { mkdirSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { resources } from '@weir/api/meta';
import type { Pod } from '@weir/api/workloads';
import { aborted, delay, EventRecorder, Informer, type ObjectChange } from '@weir/kube';
import { createProcessRuntime, LogStore } from '../runtime/index.ts';
import { apiEnvironment } from './container-spec.ts';
import { defaultTimings, type Kubelet, type KubeletOptions } from './contracts.ts';
import { keepLease, keepNode, markNotReady, type NodeOptions, readCapacity, registerNode } from './node.ts';
import type { NodeContext } from './node-context.ts';
import { podDirs, removePodFolder, type StateDirs, stateDirs } from './pod-dirs.ts';
import { createPodLogs } from './pod-logs.ts';
import { PodWorker } from './pod-worker.ts';
import { ReferencedObjects } from './referenced-objects.ts';
import { watchSizes } from './size-limits.ts';
import { createSurvivors, type Survivors } from './survivors.ts';
import { removeAbandonedMemory } from './volumes/index.ts';

const loopback = '127.0.0.1';
const defaultLogLimits = { maxFileBytes: 10 * 1024 * 1024, maxFiles: 5 };
const defaultStopGraceMs = 10_000;
const farewellMs = 1000;
/** For preStop's last moment, for exits to be noticed and for last calls to the API server. */
const stopMarginMs = 4000;

/**
 * Joins an API server as a node and runs the pods bound to it as processes. Resolves when the node is registered, the
 * pods of the node are known, and what a previous life left running is theirs or has ended.
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { client, signal, addresses } = options;
  const log = options.log.child({ component: 'kubelet' });
  const timings = { ...defaultTimings, ...options.timings };
  const dirs = stateDirs(options.stateDir);
  for (const dir of [dirs.pods, dirs.claims]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const nodeName = options.nodeName ?? 'weir';
  const hostIP = options.nodeIP ?? loopback;
  const nodeOptions: NodeOptions = {
    name: nodeName,
    hostIP,
    logPort: options.logPort,
    stateDir: options.stateDir,
    labels: options.nodeLabels ?? {},
    extendedResources: options.extendedResources ?? {},
    allocatable: options.allocatable ?? {},
  };
  const logs = new LogStore(options.logLimits ?? defaultLogLimits);
  const runtime = await createProcessRuntime({
    recordDir: dirs.processes,
    logs,
    log,
    isolation: options.isolation ?? 'auto',
    memorySampleMs: timings.memorySampleMs,
  });
  const recovered = await runtime.recover({
    isUseful: ({ podUid }, env) => isUpToDate(podUid, env, { ...options, hostIP }),
    graceMs: timings.orphanGraceMs,
  });
  for (const orphan of recovered.orphans) log.info('ended a process of a previous life', { ...orphan });
  const survivors = createSurvivors(recovered);

  const end = new AbortController();
  const node: NodeContext = {
    client,
    nodeName,
    hostIP,
    allocatable: readCapacity(nodeOptions),
    runtime,
    logs,
    images: options.images,
    addresses,
    apiAccess: options.apiAccess,
    events: new EventRecorder({ client, component: 'kubelet', log }),
    dirs,
    keepVisible: [dirname(dirname(process.execPath)), ...(options.keepVisible ?? [])],
    writableHostPaths: options.writableHostPaths ?? false,
    provisionLocalVolumes: options.provisionLocalVolumes ?? true,
    timings,
    log,
    signal: end.signal,
    addsServiceAccountTokens: options.addsServiceAccountTokens ?? true,
  };
  await registerNode(client, nodeOptions, { log, signal });
  keepNode(client, nodeOptions, { log, signal });
  const lease = keepLease(client, { nodeName, renewMs: timings.leaseRenewMs, log, signal });
  const pods = await followPods(node, survivors, signal);
  const onStop = options.onStop ?? { type: 'stop', graceMs: defaultStopGraceMs };
  if (!signal.aborted || onStop.type === 'stop') await survivors.endRest(timings.orphanGraceMs);
  watchSizes(() => pods.values(), { intervalMs: timings.sizeCheckMs, signal });
  if (!signal.aborted) removeLeftovers(dirs, addresses, new Set(pods.keys()));

  const stopped = aborted(signal).then(async () => {
    const farewell = AbortSignal.timeout(farewellMs);
    await markNotReady(client, nodeName, farewell).catch(() => {});
    if (onStop.type === 'stop') await shutDown([...pods.values()], onStop.graceMs);
    end.abort();
    await lease;
  });
  return {
    logs: createPodLogs((uid) => pods.get(uid), logs, dirs),
    findPod: (namespace, name) =>
      [...pods.values()].findLast(
        ({ pod: { metadata } }) => metadata.namespace === namespace && metadata.name === name,
      )?.pod,
    stopped: () => stopped,
  };
}

/** Whether a container would get the same address and the same API server if it were started now. */
function isUpToDate(
  podUid: string,
  env: Readonly<Record<string, string>>,
  node: Pick<NodeContext, 'addresses' | 'apiAccess' | 'hostIP'>,
): boolean {
  const { addresses, hostIP } = node;
  const address = addresses.owners().includes(podUid) ? addresses.acquire(podUid) : hostIP;
  const wanted = { ...apiEnvironment(node), WEIR_POD_IP: address };
  return Object.entries(wanted).every(([name, value]) => env[name] === value);
}

/** An API server that is gone already must not hold up the end: by then every container has been killed. */
async function shutDown(workers: readonly PodWorker[], graceMs: number): Promise<void> {
  const limit = new AbortController();
  await Promise.race([
    Promise.all(workers.map((worker) => worker.shutDown(graceMs))),
    delay(graceMs + stopMarginMs, limit.signal),
  ]);
  limit.abort();
}

/** One worker for each pod of the node, by uid, kept up to date by watches. */
async function followPods(
  node: NodeContext,
  survivors: Survivors,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, PodWorker>> {
  const { client, log } = node;
  const workers = new Map<string, PodWorker>();
  const references = new ReferencedObjects({
    client,
    log,
    signal,
    onChange: (uid) => workers.get(uid)?.objectsChanged(),
  });
  const pods = new Informer({
    client,
    kind: resources.pods,
    log,
    fieldSelector: `spec.nodeName=${node.nodeName}`,
  });
  pods.onChange((change) => {
    if (!signal.aborted) applyChange(change, workers, references, node, survivors);
  });
  pods.start(signal);
  await Promise.race([pods.waitForSync(), aborted(signal)]);
  return workers;
}

function applyChange(
  { type, object, previous }: ObjectChange<Pod>,
  workers: Map<string, PodWorker>,
  references: ReferencedObjects,
  node: NodeContext,
  survivors: Survivors,
): void {
  const uid = object.metadata.uid ?? '';
  // Deleted and made anew under the same name between two looks.
  if (previous?.metadata.uid !== undefined && previous.metadata.uid !== uid)
    workers.get(previous.metadata.uid)?.removed();
  if (type === 'deleted') {
    workers.get(uid)?.removed();
    return;
  }
  const worker =
    workers.get(uid) ??
    new PodWorker(object, node, survivors, () => {
      workers.delete(uid);
      references.remove(uid);
    });
  if (!workers.has(uid)) references.add(object);
  workers.set(uid, worker);
  worker.update(object);
}

/** Folders and addresses of pods that were deleted while nobody looked. */
function removeLeftovers(
  dirs: StateDirs,
  addresses: KubeletOptions['addresses'],
  living: ReadonlySet<string>,
): void {
  for (const uid of readdirSync(dirs.pods)) if (!living.has(uid)) removePodFolder(podDirs(dirs, uid));
  removeAbandonedMemory();
  for (const owner of addresses.owners()) if (!living.has(owner)) addresses.release(owner);
}
