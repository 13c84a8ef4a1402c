import { keyOf, resources } from '@weir/api/meta';
import type { Pod, PodSpec } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { type EventType, isKubeError } from '@weir/kube';
import { adoptPod } from './adopt.ts';
import { ContainerWorker } from './container-worker.ts';
import { ignoredFields } from './ignored-fields.ts';
import type { NodeContext } from './node-context.ts';
import { planPod } from './plan.ts';
import { PodSandbox } from './pod-sandbox.ts';
import { allContainers, type PodState, restartsContainer } from './pod-state.ts';
import { type LimitedVolume, limitedVolumesOf } from './size-limits.ts';
import { computePodStatus } from './status.ts';
import { StatusWriter } from './status-writer.ts';
import type { Survivors } from './survivors.ts';

const defaultGraceSeconds = 30;
/** What sidecars get at least after the main containers have used up the pod's grace. */
const minGraceMs = 2000;
const maxTimerMs = 2 ** 31 - 1;

/** Drives one pod towards its spec. Level-based: every change, whatever it was, leads to the same round. */
export class PodWorker {
  readonly uid: string;
  readonly #node: NodeContext;
  readonly #status: StatusWriter;
  readonly #sandbox: PodSandbox;
  readonly #containers = new Map<string, ContainerWorker>();
  readonly #startTimeMs: number;
  readonly #finished: Promise<void>;
  readonly #onRemoved: () => void;
  #settle: () => void = () => {};
  #pod: Pod;
  #spec: PodSpec;
  #ending: PodState['ending'] = null;
  #failure: PodState['failure'] = null;
  #killAtMs = Number.POSITIVE_INFINITY;
  #isDirty = false;
  #isBusy = false;
  #isDone = false;
  #timer: NodeJS.Timeout | undefined;

  /** `onRemoved` is called when nothing of the pod is left. */
  constructor(pod: Pod, node: NodeContext, survivors: Survivors, onRemoved: () => void) {
    this.#onRemoved = onRemoved;
    this.uid = pod.metadata.uid ?? '';
    this.#pod = pod;
    this.#spec = pod.spec ?? { containers: [] };
    this.#node = node;
    this.#sandbox = new PodSandbox(node, this.uid);
    this.#status = new StatusWriter(node.client, pod, { log: node.log, signal: node.signal });
    this.#finished = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const started = Date.parse(pod.status?.startTime ?? '');
    this.#startTimeMs = Number.isNaN(started) ? Date.now() : started;
    const { phase, reason = '', message = '' } = pod.status ?? {};
    if (phase === 'Failed' || phase === 'Succeeded') {
      this.#ending = 'failed';
      this.#failure = reason === '' ? null : { reason, message };
    }
    const ignored = ignoredFields(this.#spec);
    if (ignored.length > 0 && phase === 'Pending')
      this.#record('Warning', 'FieldsIgnored', `without effect on this node: ${ignored.join(', ')}`);
    this.#makeContainers(survivors);
  }

  #makeContainers(survivors: Survivors): void {
    const node = this.#node;
    const running = survivors.claim(this.#pod);
    const adopted = adoptPod(this.#pod, { orphans: survivors.orphans, running }, Date.now());
    for (const container of allContainers(this.#spec)) {
      const worker = new ContainerWorker(container, {
        node,
        volumes: this.#sandbox.volumes,
        adopted: adopted[container.name],
        onChange: () => this.wake(),
        record: (type, event, text) => this.#record(type, event, text),
        restartsAfter: (exitCode) =>
          this.#ending === null && restartsContainer(this.#spec, container, exitCode),
        graceMs: () => this.#graceMs(),
      });
      this.#containers.set(container.name, worker);
      const survivor = running.get(container.name);
      if (survivor !== undefined) worker.adopt(this.#pod, survivor, this.#sandbox.takeAddress(this.#pod));
    }
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The number of the newest run of a container and whether it has been started at all. */
  runOf(container: string): { readonly attempt: number; readonly hasStarted: boolean } | undefined {
    const state = this.#containers.get(container)?.state;
    return state && { attempt: state.restartCount, hasStarted: state.containerId !== null };
  }

  /** The pod's object has changed. */
  update(pod: Pod): void {
    this.#pod = pod;
    this.#spec = pod.spec ?? this.#spec;
    for (const container of allContainers(this.#spec))
      this.#containers.get(container.name)?.update(container);
    if (pod.metadata.deletionTimestamp !== undefined) this.#endWithin('deleted', this.#deletionGraceMs());
    if (this.#sandbox.isPrepared && usesDownwardVolumes(this.#spec)) this.#sandbox.objectsChanged();
    this.wake();
  }

  /** The pod's object is gone, with or without us. */
  removed(): void {
    this.#endWithin('deleted', this.#deletionGraceMs());
    this.wake();
  }

  /** The pod uses more of the node than it may: its containers end and it fails. */
  evict(message: string): void {
    if (this.#ending !== null) return;
    this.#ending = 'failed';
    this.#failure = { reason: 'Evicted', message };
    this.#record('Warning', 'Evicted', message);
    this.wake();
  }

  /** Where the pod's volumes with a size limit lie. */
  limitedVolumes(): readonly LimitedVolume[] {
    return limitedVolumesOf(this.#spec, (name) => this.#sandbox.volumes.get(name)?.hostPath);
  }

  /** A Secret or ConfigMap of the pod has changed or appeared. */
  objectsChanged(): void {
    this.#sandbox.objectsChanged();
    this.wake();
  }

  /** Ends the containers and leaves the pod's object, volumes and address as they are. */
  shutDown(graceMs: number): Promise<void> {
    if (this.#ending !== 'deleted') this.#endWithin('shutdown', Math.min(graceMs, this.#graceMs()));
    else this.#killAtMs = Math.min(this.#killAtMs, performance.now() + graceMs);
    this.wake();
    return this.#finished;
  }

  wake(): void {
    this.#isDirty = true;
    if (this.#isBusy || this.#isDone) return;
    this.#isBusy = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#isDirty && !this.#isDone) {
      this.#isDirty = false;
      try {
        await this.#round();
      } catch (error) {
        this.#node.log.error('pod round failed', { pod: this.#pod.metadata.name, error: toError(error) });
        this.#wakeAt(Date.now() + this.#node.timings.configRetryMs);
      }
    }
    this.#isBusy = false;
  }

  async #round(): Promise<void> {
    const plan = planPod(this.#spec, this.#state(), Date.now());
    for (const action of plan.actions) {
      if (action.type === 'finish') return this.#finish();
      if (action.type === 'prepare') await this.#prepare();
      else if (action.type === 'start') this.#start(action.container);
      else if (action.type === 'stop') this.#stop(action.container);
      else this.#expire();
    }
    if (this.#ending === null) await this.#sandbox.refresh(this.#pod);
    this.#report();
    this.#wakeAt(earliest(plan.wakeAtMs, this.#ending === null ? this.#sandbox.refreshAtMs : null));
  }

  async #prepare(): Promise<void> {
    await this.#sandbox.prepare(this.#pod);
    this.#isDirty = true;
  }

  #start(container: string): void {
    const pod = this.#sandbox.podToRun(this.#pod);
    this.#containers.get(container)?.start(pod, this.#sandbox.podIP ?? '');
  }

  #stop(container: string): void {
    const graceMs =
      this.#ending === null || this.#ending === 'failed'
        ? this.#graceMs()
        : Math.max(this.#killAtMs - performance.now(), isForced(this.#pod) ? 0 : minGraceMs);
    this.#containers.get(container)?.stop({ graceMs, message: `Stopping container ${container}` });
  }

  #expire(): void {
    const reason = 'DeadlineExceeded';
    this.#ending = 'failed';
    this.#failure = { reason, message: 'Pod was active on the node longer than the specified deadline' };
    this.#record('Normal', reason, this.#failure.message);
    this.#isDirty = true;
  }

  /** Nothing runs any more. A pod that ended by itself keeps its logs and its address until it is deleted. */
  async #finish(): Promise<void> {
    this.#report();
    this.#wakeAt(null);
    if (this.#ending !== 'deleted' && this.#ending !== 'shutdown') return;
    this.#isDone = true;
    if (this.#ending === 'deleted') await this.#remove();
    else {
      this.#sandbox.suspend();
      await this.#status.flush();
    }
    this.#settle();
  }

  async #remove(): Promise<void> {
    const node = this.#node;
    await this.#status.flush();
    try {
      await node.client.delete(resources.pods, keyOf(this.#pod), {
        gracePeriodSeconds: 0,
        uid: this.uid,
        signal: node.signal,
      });
    } catch (error) {
      // Another pod has the name by now: ours is gone.
      if (!isKubeError(error, 'Conflict')) {
        node.log.warn('pod not removed from the API', {
          pod: this.#pod.metadata.name,
          error: toError(error).message,
        });
        this.#isDone = false;
        return this.#wakeAt(Date.now() + node.timings.configRetryMs);
      }
    }
    this.#sandbox.remove();
    this.#onRemoved();
  }

  #record(type: EventType, reason: string, message: string): void {
    void this.#node.events.record(this.#pod, type, reason, message);
  }

  #report(): void {
    this.#status.write(computePodStatus(this.#pod, this.#state(), Date.now()));
  }

  #state(): PodState {
    return {
      containers: Object.fromEntries([...this.#containers].map(([name, { state }]) => [name, state])),
      isPrepared: this.#sandbox.isPrepared,
      prepareRetryAtMs: this.#sandbox.retryAtMs ?? 0,
      podIP: this.#sandbox.podIP,
      hostIP: this.#node.hostIP,
      startTimeMs: this.#startTimeMs,
      ending: this.#ending,
      failure: this.#failure,
    };
  }

  #endWithin(ending: 'deleted' | 'shutdown', graceMs: number): void {
    const killAtMs = performance.now() + graceMs;
    const isSooner = killAtMs < this.#killAtMs;
    this.#ending = ending;
    if (!isSooner) return;
    this.#killAtMs = killAtMs;
    // Containers that are being stopped already must hear of a shorter grace.
    for (const [name, { state }] of this.#containers)
      if (state.phase.type === 'running' && state.phase.isStopping) this.#stop(name);
  }

  #graceMs(): number {
    return (this.#spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000;
  }

  #deletionGraceMs(): number {
    const seconds = this.#pod.metadata.deletionGracePeriodSeconds;
    return seconds === undefined ? this.#graceMs() : seconds * 1000;
  }

  #wakeAt(atMs: number | null): void {
    clearTimeout(this.#timer);
    if (atMs === null) return;
    this.#timer = setTimeout(() => this.wake(), Math.min(maxTimerMs, Math.max(0, atMs - Date.now())));
  }
}

function isForced(pod: Pod): boolean {
  return pod.metadata.deletionGracePeriodSeconds === 0;
}

function usesDownwardVolumes(spec: PodSpec): boolean {
  return (spec.volumes ?? []).some(
    ({ downwardAPI, projected }) =>
      downwardAPI !== undefined ||
      projected?.sources?.some((source) => source.downwardAPI !== undefined) === true,
  );
}

function earliest(...times: readonly (number | null)[]): number | null {
  return times.reduce<number | null>(
    (soonest, time) => (time === null ? soonest : soonest === null ? time : Math.min(soonest, time)),
    null,
  );
}
