import { rmSync } from 'node:fs';
import type { Container, ContainerStateTerminated, Pod } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { EventType } from '@weir/kube';
import { type ContainerExit, ContainerStartError, rotatedPath, type RunningContainer } from '../runtime/index.ts';
import { buildContainerSpec, ImageUnresolvedError } from './container-spec.ts';
import { ContainerConfigError } from './environment.ts';
import { runHook } from './hooks.ts';
import type { NodeContext } from './node-context.ts';
import { type PodDirs, podDirs } from './pod-dirs.ts';
import { allContainers, type ContainerState, idleContainer } from './pod-state.ts';
import { ContainerProber } from './probes/container-prober.ts';
import type { ProbeTarget } from './probes/contracts.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { toTime } from './status.ts';
import { readTerminationMessage } from './termination-message.ts';
import type { PodVolumes } from './volumes/index.ts';

export interface ContainerWorkerOptions {
  readonly node: NodeContext;
  readonly volumes: PodVolumes;
  readonly adopted: ContainerState | undefined;
  /** The container's state has changed. */
  readonly onChange: () => void;
  readonly record: (type: EventType, reason: string, message: string) => void;
  /** Whether the pod's restart policy starts the container again after this exit code. */
  readonly restartsAfter: (exitCode: number) => boolean;
  readonly graceMs: () => number;
}

/** After preStop has used up the grace, the process still gets this long to end by itself. */
const minTermMs = 2000;
const keptAttempts = 2;
const maxRotations = 16;

/** One container's life: starts, probes, stops and restarts it, and says in what state it is. */
export class ContainerWorker {
  #container: Container;
  readonly #options: ContainerWorkerOptions;
  readonly #backoff: RestartBackoff;
  readonly #configBackoff: RestartBackoff;
  #state: ContainerState;
  /** Starts so far, failed ones of a program that was not found included. */
  #runs: number;
  #running: RunningContainer | undefined;
  #prober: ContainerProber | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #killAtMs = Number.POSITIVE_INFINITY;
  #podIP = '';

  constructor(container: Container, options: ContainerWorkerOptions) {
    this.#container = container;
    this.#options = options;
    this.#state = options.adopted ?? idleContainer;
    this.#runs = this.#state.last === null && this.#state.phase.type === 'idle' ? 0 : this.#state.restartCount + 1;
    const { timings } = options.node;
    this.#backoff = new RestartBackoff(timings);
    this.#configBackoff = new RestartBackoff(timings);
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** Starts the container; returns at once. */
  start(pod: Pod, podIP: string): void {
    const { phase, last } = this.#state;
    const { name } = this.#container;
    this.#container = allContainers(pod.spec ?? { containers: [] }).find((other) => other.name === name) ?? this.#container;
    this.#set({ phase: { type: 'starting' }, last: phase.type === 'exited' ? phase.terminated : last });
    this.#podIP = podIP;
    void this.#start(pod, podIP);
  }

  /** Ends the container: preStop, SIGTERM, and SIGKILL when the grace is over. Called again, it may shorten the grace. */
  stop(options: { readonly graceMs: number; readonly message: string }): void {
    const running = this.#running;
    const { phase } = this.#state;
    if (running === undefined || phase.type !== 'running') return;
    this.#killAfter(options.graceMs);
    if (phase.isStopping) return;
    this.#set({ phase: { ...phase, isStopping: true } });
    this.#prober?.stop();
    this.#options.record('Normal', 'Killing', options.message);
    void this.#terminate(running, options.graceMs);
  }

  async #start(pod: Pod, podIP: string): Promise<void> {
    const { node, volumes, record } = this.#options;
    const attempt = this.#runs;
    try {
      const spec = await buildContainerSpec(pod, this.#container, { node, podIP, volumes, attempt });
      this.#removeOldAttempts(pod, attempt);
      this.#backoff.started(Date.now());
      const running = await node.runtime.start(spec);
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
      record('Normal', 'Created', `Created container: ${this.#container.name}`);
      record('Normal', 'Started', `Started container ${this.#container.name}`);
      void running.exited.then((exit) => this.#exited(pod, running, attempt, exit));
      await this.#afterStart(running, podIP);
    } catch (error) {
      this.#startFailed(toError(error), attempt);
    }
  }

  async #afterStart(running: RunningContainer, podIP: string): Promise<void> {
    const target = this.#target(running, podIP);
    const { postStart } = this.#container.lifecycle ?? {};
    if (postStart !== undefined) {
      const result = await runHook(postStart, target, this.#options.graceMs());
      if (this.#running !== running) return;
      if (!result.isSuccess) {
        this.#options.record('Warning', 'FailedPostStartHook', `PostStartHook failed: ${result.message}`);
        return this.stop({ graceMs: this.#options.graceMs(), message: 'FailedPostStartHook' });
      }
    }
    this.#prober = new ContainerProber(this.#container, target, {
      onStarted: () => this.#report({ isStarted: true }),
      onReady: (isReady) => this.#report({ isReady }),
      onFailure: (kind, message) =>
        this.#options.record('Warning', 'Unhealthy', `${capitalize(kind)} probe failed: ${message}`),
      onUnhealthy: (kind, probe) => {
        const graceMs = probe.terminationGracePeriodSeconds;
        this.stop({
          graceMs: graceMs === undefined ? this.#options.graceMs() : graceMs * 1000,
          message: `Container ${this.#container.name} failed ${kind} probe, will be restarted`,
        });
      },
    });
    this.#prober.start();
  }

  #startFailed(error: Error, attempt: number): void {
    const nowMs = Date.now();
    const { record, node } = this.#options;
    const wait = (reason: string, waitMs: number): void => {
      record('Warning', 'Failed', `Error: ${error.message}`);
      this.#set({ phase: { type: 'waiting', reason, message: error.message, retryAtMs: nowMs + waitMs } });
    };
    if (error instanceof ContainerConfigError) return wait('CreateContainerConfigError', node.timings.configRetryMs);
    if (error instanceof ImageUnresolvedError)
      return wait(error.reason, this.#configBackoff.ended(nowMs) || node.timings.configRetryMs);
    node.log.warn('container not started', { container: this.#container.name, error: error.message });
    const exitCode = error instanceof ContainerStartError ? error.exitCode : 128;
    const at = toTime(nowMs);
    this.#runs++;
    this.#set({
      last: { exitCode, reason: 'StartError', message: error.message, startedAt: at, finishedAt: at },
      restartCount: attempt,
    });
    wait('RunContainerError', this.#backoff.ended(nowMs) || node.timings.configRetryMs);
  }

  async #exited(pod: Pod, running: RunningContainer, attempt: number, exit: ContainerExit): Promise<void> {
    const { node, record, restartsAfter } = this.#options;
    clearTimeout(this.#killTimer);
    this.#killAtMs = Number.POSITIVE_INFINITY;
    this.#prober?.stop();
    this.#prober = undefined;
    const dirs = this.#dirs(pod);
    const message = await readTerminationMessage(this.#container, exit.exitCode, {
      message: dirs.terminationLog(this.#container.name, attempt),
      log: dirs.logFile(this.#container.name, attempt),
      logs: node.logs,
    }).catch(() => '');
    this.#running = undefined;
    const nowMs = Date.now();
    const backoffMs = this.#backoff.ended(nowMs);
    this.#set({
      phase: {
        type: 'exited',
        terminated: terminatedState(running, exit, message),
        retryAtMs: exit.finishedAt.getTime() + backoffMs,
        backoffMs,
      },
    });
    if (backoffMs > 0 && restartsAfter(exit.exitCode)) {
      const { name, namespace, uid } = pod.metadata;
      record(
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${this.#container.name} in pod ${name}_${namespace}(${uid})`,
      );
    }
  }

  async #terminate(running: RunningContainer, graceMs: number): Promise<void> {
    const { preStop, stopSignal } = this.#container.lifecycle ?? {};
    const startedAt = performance.now();
    if (preStop !== undefined) {
      const target = this.#target(running, this.#podIP);
      const result = await Promise.race([runHook(preStop, target, graceMs), running.exited]);
      if ('isSuccess' in result && !result.isSuccess)
        this.#options.record('Warning', 'FailedPreStopHook', `PreStopHook failed: ${result.message}`);
      if (this.#running !== running) return;
      const leftMs = graceMs - (performance.now() - startedAt);
      if (leftMs < minTermMs) {
        this.#killAtMs = Number.POSITIVE_INFINITY;
        this.#killAfter(minTermMs);
      }
    }
    running.signal((stopSignal as NodeJS.Signals | undefined) ?? 'SIGTERM');
  }

  #killAfter(ms: number): void {
    const atMs = performance.now() + ms;
    if (atMs >= this.#killAtMs) return;
    this.#killAtMs = atMs;
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.#running?.kill(), ms);
  }

  #report(change: { readonly isStarted?: boolean; readonly isReady?: boolean }): void {
    const { phase } = this.#state;
    if (phase.type === 'running' && !phase.isStopping) this.#set({ phase: { ...phase, ...change } });
  }
  #target(running: RunningContainer, podIP: string): ProbeTarget {
    return {
      podIP,
      port: (port) => {
        const number = Number(port);
        if (Number.isInteger(number)) return number;
        const named = this.#container.ports?.find(({ name }) => name === port);
        if (named === undefined) throw new Error(`container "${this.#container.name}" has no port named "${port}"`);
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

function terminatedState(
  running: RunningContainer,
  exit: ContainerExit,
  message: string,
): ContainerStateTerminated {
  const { exitCode, signal, wasOutOfMemory } = exit;
  return {
    exitCode,
    ...(signal === null ? {} : { signal }),
    reason: wasOutOfMemory ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error',
    ...(message === '' ? {} : { message }),
    startedAt: toTime(running.startedAt.getTime()),
    finishedAt: toTime(exit.finishedAt.getTime()),
    containerID: `process://${running.id}`,
  };
}

function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
