import { rmSync } from 'node:fs';
import type { Container, Pod } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { EventType } from '@weir/kube';
import { type ContainerExit, type RunningContainer, rotatedPath } from '../runtime/index.ts';
import { buildContainerSpec } from './container-spec.ts';
import { runHook } from './hooks.ts';
import type { NodeContext } from './node-context.ts';
import { type PodDirs, podDirs } from './pod-dirs.ts';
import { allContainers, type ContainerState, idleContainer } from './pod-state.ts';
import { ContainerProber } from './probes/container-prober.ts';
import type { ProbeTarget } from './probes/contracts.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { describeStartFailure } from './start-failure.ts';
import { toTime } from './status.ts';
import { terminatedState, unknownExitCode } from './terminated-state.ts';
import { Termination } from './termination.ts';
import { readTerminationMessage } from './termination-message.ts';
import type { PodVolumes } from './volumes/index.ts';

export interface ContainerWorkerOptions {
  readonly node: NodeContext;
  readonly volumes: PodVolumes;
  readonly adopted: ContainerState | undefined;
  /** The container's state has changed. */
  readonly onChange: () => void;
  readonly record: (type: EventType, reason: string, message: string) => void;
  /** Whether the pod starts the container again after this exit code. */
  readonly restartsAfter: (exitCode: number) => boolean;
  readonly graceMs: () => number;
}

const keptAttempts = 2;
const maxRotations = 16;

/** One container's life: starts, probes, stops and restarts it, and says in what state it is. */
export class ContainerWorker {
  readonly #options: ContainerWorkerOptions;
  readonly #restartBackoff: RestartBackoff;
  readonly #imageBackoff: RestartBackoff;
  #container: Container;
  #state: ContainerState;
  #podIP = '';
  /** Starts so far, those of a program that was not found included. */
  #runs: number;
  #running: RunningContainer | undefined;
  #prober: ContainerProber | undefined;
  #termination: Termination | undefined;

  constructor(container: Container, options: ContainerWorkerOptions) {
    this.#container = container;
    this.#options = options;
    this.#state = options.adopted ?? idleContainer;
    const hasRun = this.#state.last !== null || this.#state.phase.type !== 'idle';
    this.#runs = hasRun ? this.#state.restartCount + 1 : 0;
    this.#restartBackoff = new RestartBackoff(options.node.timings);
    this.#imageBackoff = new RestartBackoff(options.node.timings);
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** Starts the container; returns at once. */
  start(pod: Pod, podIP: string): void {
    const { phase, last } = this.#state;
    const { name } = this.#container;
    const all = allContainers(pod.spec ?? { containers: [] });
    this.#container = all.find((other) => other.name === name) ?? this.#container;
    this.#podIP = podIP;
    this.#set({ phase: { type: 'starting' }, last: phase.type === 'exited' ? phase.terminated : last });
    void this.#start(pod);
  }

  /** Takes over a container that runs since an earlier life of the kubelet. Its hooks have run; probes go on. */
  adopt(pod: Pod, running: RunningContainer, podIP: string): void {
    const { phase } = this.#state;
    this.#podIP = podIP;
    this.#running = running;
    void running.exited.then((exit) => this.#exited(pod, running, exit));
    this.#prober = this.#createProber(this.#target(running));
    this.#prober.start({ hasStarted: phase.type === 'running' && phase.isStarted });
  }

  /** The spec has changed: another image takes effect by a restart. */
  update(container: Container): void {
    const { name, image } = this.#container;
    if (container.image === image) return;
    this.#container = {
      ...this.#container,
      ...(container.image === undefined ? {} : { image: container.image }),
    };
    const { phase } = this.#state;
    if (phase.type === 'waiting') this.#set({ phase: { ...phase, retryAtMs: 0 } });
    this.stop({
      graceMs: this.#options.graceMs(),
      message: `Container ${name} definition changed, will be restarted`,
    });
  }

  /** Ends the container within the grace; called again, it may shorten it. */
  stop(options: { readonly graceMs: number; readonly message: string }): void {
    const { phase } = this.#state;
    if (this.#running === undefined || phase.type !== 'running') return;
    if (phase.isStopping) {
      this.#termination?.limit(options.graceMs);
      return;
    }
    this.#set({ phase: { ...phase, isStopping: true } });
    this.#prober?.stop();
    this.#options.record('Normal', 'Killing', options.message);
    this.#termination = new Termination(this.#running);
    void this.#termination.start(this.#container, this.#target(this.#running), {
      graceMs: options.graceMs,
      onHookFailure: (message) =>
        this.#options.record('Warning', 'FailedPreStopHook', `PreStopHook failed: ${message}`),
    });
  }

  async #start(pod: Pod): Promise<void> {
    const { node, volumes } = this.#options;
    const attempt = this.#runs;
    try {
      const spec = await buildContainerSpec(pod, this.#container, {
        node,
        podIP: this.#podIP,
        volumes,
        attempt,
      });
      this.#restartBackoff.started(Date.now());
      const running = await node.runtime.start(spec);
      this.#hasStarted(running, attempt);
      this.#removeOldAttempts(pod, attempt);
      void running.exited.then((exit) => this.#exited(pod, running, exit));
      await this.#watchOver(running);
    } catch (error) {
      this.#startFailed(toError(error));
    }
  }

  #hasStarted(running: RunningContainer, attempt: number): void {
    const { name } = this.#container;
    this.#runs++;
    this.#running = running;
    this.#set({
      phase: {
        type: 'running',
        startedAtMs: running.startedAt.getTime(),
        isStarted: false,
        isReady: false,
        isStopping: false,
      },
      restartCount: attempt,
      containerId: running.id,
    });
    this.#options.record('Normal', 'Created', `Created container: ${name}`);
    this.#options.record('Normal', 'Started', `Started container ${name}`);
  }

  /** postStart, then the probes. */
  async #watchOver(running: RunningContainer): Promise<void> {
    const { record, graceMs } = this.#options;
    const target = this.#target(running);
    const { postStart } = this.#container.lifecycle ?? {};
    if (postStart !== undefined) {
      const result = await runHook(postStart, target, graceMs());
      if (this.#running !== running) return;
      if (!result.isSuccess) {
        record('Warning', 'FailedPostStartHook', `PostStartHook failed: ${result.message}`);
        this.stop({ graceMs: graceMs(), message: 'FailedPostStartHook' });
        return;
      }
    }
    this.#prober = this.#createProber(target);
    this.#prober.start({ hasStarted: false });
  }

  #createProber(target: ProbeTarget): ContainerProber {
    const { record, graceMs } = this.#options;
    return new ContainerProber(this.#container, target, {
      onStarted: () => this.#report({ isStarted: true }),
      onReady: (isReady) => this.#report({ isReady }),
      onFailure: (kind, message) =>
        record('Warning', 'Unhealthy', `${capitalize(kind)} probe failed: ${message}`),
      onUnhealthy: (kind, { terminationGracePeriodSeconds }) =>
        this.stop({
          graceMs:
            terminationGracePeriodSeconds === undefined ? graceMs() : terminationGracePeriodSeconds * 1000,
          message: `Container ${this.#container.name} failed ${kind} probe, will be restarted`,
        }),
    });
  }

  #startFailed(error: Error): void {
    const { record, node, restartsAfter } = this.#options;
    const nowMs = Date.now();
    const { reason, message, exitCode, isConfiguration } = describeStartFailure(error);
    node.log.debug('container not started', { container: this.#container.name, reason, error: message });
    record('Warning', 'Failed', `Error: ${reason}: ${message}`);
    if (exitCode !== null) {
      const at = toTime(nowMs);
      const failed = { exitCode, reason: 'StartError', message, startedAt: at, finishedAt: at };
      this.#set({ restartCount: this.#runs++ });
      if (!restartsAfter(exitCode)) {
        this.#set({ phase: { type: 'exited', terminated: failed, retryAtMs: nowMs, backoffMs: 0 } });
        return;
      }
      this.#set({ last: failed });
    }
    const backoff = exitCode === null ? this.#imageBackoff : this.#restartBackoff;
    const waitMs = isConfiguration ? 0 : backoff.ended(nowMs);
    const retryAtMs = nowMs + Math.max(waitMs, node.timings.configRetryMs);
    this.#set({ phase: { type: 'waiting', reason, message, retryAtMs } });
  }

  async #exited(pod: Pod, running: RunningContainer, exit: ContainerExit): Promise<void> {
    const { name } = this.#container;
    const { node, record, restartsAfter } = this.#options;
    this.#prober?.stop();
    const dirs = this.#dirs(pod);
    const exitCode = exit.exitCode ?? unknownExitCode;
    const message = await readTerminationMessage(this.#container, exitCode, {
      message: dirs.terminationLog(name, this.#state.restartCount),
      log: dirs.logFile(name, this.#state.restartCount),
      logs: node.logs,
    });
    this.#running = undefined;
    this.#termination = undefined;
    const backoffMs = this.#restartBackoff.ended(Date.now());
    const retryAtMs = exit.finishedAt.getTime() + backoffMs;
    const terminated = terminatedState(running, exit, message);
    this.#set({ phase: { type: 'exited', terminated, retryAtMs, backoffMs } });
    if (backoffMs > 0 && restartsAfter(exitCode)) {
      const { name: podName, namespace, uid } = pod.metadata;
      const text = `Back-off restarting failed container ${name} in pod ${podName}_${namespace}(${uid})`;
      record('Warning', 'BackOff', text);
    }
  }

  #report(change: { readonly isStarted?: boolean; readonly isReady?: boolean }): void {
    const { phase } = this.#state;
    if (phase.type === 'running' && !phase.isStopping) this.#set({ phase: { ...phase, ...change } });
  }

  #target(running: RunningContainer): ProbeTarget {
    return {
      podIP: this.#podIP,
      port: (port) => {
        const number = Number(port);
        if (Number.isInteger(number)) return number;
        const named = this.#container.ports?.find(({ name }) => name === port);
        if (named === undefined)
          throw new Error(`container "${this.#container.name}" has no port named "${port}"`);
        return named.containerPort;
      },
      exec: (argv, options) => running.exec(argv, options),
    };
  }

  /** Logs of this run and the one before are kept. */
  #removeOldAttempts(pod: Pod, attempt: number): void {
    const old = attempt - keptAttempts;
    if (old < 0) return;
    const dirs = this.#dirs(pod);
    rmSync(dirs.terminationLog(this.#container.name, old), { force: true });
    const log = dirs.logFile(this.#container.name, old);
    for (let index = 0; index < maxRotations; index++) rmSync(rotatedPath(log, index), { force: true });
  }

  #dirs(pod: Pod): PodDirs {
    return podDirs(this.#options.node.dirs, pod.metadata.uid ?? '');
  }

  #set(change: Partial<ContainerState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onChange();
  }
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
