import type { Container, Probe } from '@weir/api/workloads';
import type { ProbeTarget } from './contracts.ts';
import { type ProbeKind, type ProbeLoop, startProbeLoop } from './probe-loop.ts';
import { runProbe } from './run-probe.ts';

export interface ProberHandlers {
  onStarted(): void;
  onReady(isReady: boolean): void;
  /** Startup or liveness has failed for good: the container must be restarted. */
  onUnhealthy(kind: ProbeKind, probe: Probe): void;
  onFailure(kind: ProbeKind, message: string): void;
}

/** Runs the probes of one running container. The startup probe holds back the other two until it succeeds. */
export class ContainerProber {
  readonly #container: Container;
  readonly #target: ProbeTarget;
  readonly #handlers: ProberHandlers;
  readonly #loops = new Set<ProbeLoop>();
  #isStopped = false;

  constructor(container: Container, target: ProbeTarget, handlers: ProberHandlers) {
    this.#container = container;
    this.#target = target;
    this.#handlers = handlers;
  }

  /** `hasStarted`: the startup probe has succeeded before. */
  start({ hasStarted }: { readonly hasStarted: boolean }): void {
    const { startupProbe } = this.#container;
    if (startupProbe === undefined || hasStarted) {
      this.#started();
      return;
    }
    const loop = this.#loop('startup', startupProbe, (isHealthy) => {
      loop.stop();
      if (isHealthy) this.#started();
      else this.#handlers.onUnhealthy('startup', startupProbe);
    });
  }

  stop(): void {
    this.#isStopped = true;
    for (const loop of this.#loops) loop.stop();
  }

  #started(): void {
    if (this.#isStopped) return;
    const { livenessProbe, readinessProbe } = this.#container;
    this.#handlers.onStarted();
    if (livenessProbe !== undefined) {
      const loop = this.#loop('liveness', livenessProbe, (isHealthy) => {
        if (isHealthy) return;
        loop.stop();
        this.#handlers.onUnhealthy('liveness', livenessProbe);
      });
    }
    if (readinessProbe === undefined) this.#handlers.onReady(true);
    else this.#loop('readiness', readinessProbe, (isHealthy) => this.#handlers.onReady(isHealthy));
  }

  #loop(kind: ProbeKind, probe: Probe, onVerdict: (isHealthy: boolean) => void): ProbeLoop {
    const loop = startProbeLoop(probe, () => runProbe(probe, this.#target), {
      onFailure: ({ message }) => this.#handlers.onFailure(kind, message),
      onVerdict,
    });
    this.#loops.add(loop);
    return loop;
  }
}
