import { keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import {
  componentLabel,
  components,
  conditionReasons,
  conditionTypes,
  type LLMInferenceServiceStatus,
} from '@weir/api/serving';
import { toError } from '@weir/core/errors';
import { sha256Hex } from '@weir/core/hash';
import type { Logger } from '@weir/core/log';
import { onAbort, WorkQueue } from '@weir/kube';
import type { StatusInput } from '../status/input.ts';
import { placedPods } from '../status/placed-pods.ts';
import type { Verdict } from '../status/verdict.ts';
import { withVerification } from '../status/verification.ts';
import { askService } from './ask.ts';
import { gatewayKey, watchGateways } from './gateway-watch.ts';
import { type Send, sendProbe } from './send.ts';
import { type GateClock, type GateState, learn, look, lose, reachedAt, verdictOf } from './state.ts';
import { gateTarget } from './target.ts';

/** `auto` asks where pods run, `request` always, `kserve` never. */
export const readyGates = ['auto', 'kserve', 'request'] as const;
export type ReadyGate = (typeof readyGates)[number];

export interface RequestGateOptions {
  readonly mode: ReadyGate;
  readonly log: Logger;
  /** An answer changed what the status of the service should say. */
  readonly onChange: (service: ObjectKey) => void;
  readonly send?: Send;
  readonly gatewayWatch?: { readonly everyMs: number; readonly timeoutMs: number };
  /** Milliseconds of a steady clock. */
  readonly nowMs?: () => number;
}

/** Services that are asked at the same time. */
const workers = 32;
/** Engines may compile when they are first asked. */
const firstTimeoutMs = 30_000;
const timeoutMs = 10_000;
/** A gateway that is gone is noticed within ten seconds. */
const gatewayWatch = { everyMs: 4000, timeoutMs: 2000 };

/**
 * Keeps Ready honest: a service whose objects are all in order is Ready only once a request to the address that
 * clients use was answered. Asks beside the reconcile workers, which find here what is known and never wait.
 */
export class RequestGate {
  readonly #options: RequestGateOptions;
  readonly #send: Send;
  readonly #states = new Map<string, { readonly key: ObjectKey; readonly state: GateState }>();
  readonly #queue = new WorkQueue();
  #working: Promise<void>[] = [];

  constructor(options: RequestGateOptions) {
    this.#options = options;
    this.#send = options.send ?? sendProbe;
  }

  start(signal: AbortSignal): void {
    if (this.#options.mode === 'kserve') return;
    onAbort(signal, () => this.#queue.close());
    const watch = watchGateways(
      {
        ...gatewayWatch,
        send: this.#send,
        addresses: () => [...this.#states.values()].flatMap(({ state }) => reachedAt(state) ?? []),
        onSilent: (address, message) => this.#onSilent(gatewayKey(address), message),
        ...this.#options.gatewayWatch,
      },
      signal,
    );
    this.#working = [watch, ...Array.from({ length: workers }, () => this.#work(signal))];
  }

  async stopped(): Promise<void> {
    await Promise.all(this.#working);
  }

  /** The status with what requests tell, as far as they are asked for; asks where it is due. */
  judge(input: StatusInput, status: LLMInferenceServiceStatus): LLMInferenceServiceStatus {
    const key = keyOf(input.service);
    const { combined } = input;
    if (combined.type === 'failed' || input.isStopped || !this.#isAsked(input)) {
      this.forget(key);
      return status;
    }
    const ready = status.conditions?.find(({ type }) => type === conditionTypes.ready)?.status;
    if (ready === 'False') {
      // What was true of a broken service has to show again.
      this.forget(key);
      return withVerification(input, status, { verdict: notAsked, counts: true });
    }
    const text = keyText(key);
    const previous = input.service.status?.conditions?.find(
      ({ type }) => type === conditionTypes.inferenceVerified,
    );
    const target = gateTarget({ ...input, spec: combined.spec }, status.url);
    const state = look(this.#states.get(text)?.state, target, previous, this.#clock(text));
    this.#states.set(text, { key, state });
    if (ready === 'True' && target.obstacle === null) this.#askWhenDue(text, state);
    const counts = this.#options.mode === 'request' || state.finding !== 'inconclusive';
    return withVerification(input, status, { verdict: verdictOf(state), counts });
  }

  forget(service: ObjectKey): void {
    this.#states.delete(keyText(service));
  }

  /** Where nothing runs pods, as beside an API server alone, nobody could answer. */
  #isAsked({ service, observed }: StatusInput): boolean {
    if (this.#options.mode !== 'auto') return this.#options.mode === 'request';
    return (
      service.status?.conditions?.some(({ type }) => type === conditionTypes.inferenceVerified) === true ||
      placedPods(observed.pods).some(({ metadata }) =>
        metadata.labels?.[componentLabel]?.startsWith(components.workload),
      )
    );
  }

  #clock(text: string): GateClock {
    const spread = Number.parseInt(sha256Hex(text).slice(0, 8), 16) / 2 ** 32;
    return { nowMs: this.#options.nowMs?.() ?? performance.now(), spread };
  }

  #askWhenDue(text: string, { dueAtMs }: GateState): void {
    const waitMs = dueAtMs - this.#clock(text).nowMs;
    if (waitMs <= 0) this.#queue.add(text);
    else this.#queue.addAfter(text, waitMs);
  }

  /** Nobody behind a silent gateway can be reached; they are asked again until somebody answers. */
  #onSilent(gateway: string, message: string): void {
    for (const [text, { key, state }] of this.#states) {
      const address = reachedAt(state);
      if (address === undefined || gatewayKey(address) !== gateway) continue;
      const failed = lose(state, message, this.#clock(text));
      this.#states.set(text, { key, state: failed });
      this.#options.onChange(key);
      this.#askWhenDue(text, failed);
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const text = await this.#queue.take();
      if (text === undefined) return;
      try {
        await this.#ask(text, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.log.warn('request gate failed', { error: toError(error).message });
        this.#queue.addAfter(text, timeoutMs);
      }
      this.#queue.done(text);
    }
  }

  async #ask(text: string, signal: AbortSignal): Promise<void> {
    const { state } = this.#states.get(text) ?? {};
    if (state === undefined || state.target.obstacle !== null) return;
    if (state.dueAtMs > this.#clock(text).nowMs) return this.#askWhenDue(text, state);
    const outcome = await askService(state.target, {
      send: this.#send,
      timeoutMs: state.finding === 'pending' ? firstTimeoutMs : timeoutMs,
      signal,
    });
    const now = this.#states.get(text);
    if (now === undefined) return;
    // The answer is about another revision, or about the time before the service broke.
    if (now.state.sinceMs !== state.sinceMs) return this.#askWhenDue(text, now.state);
    const learnt = learn(now.state, outcome, this.#clock(text));
    // What happened meanwhile may have come after the answer.
    const isDisturbed = now.state.target.surroundings !== state.target.surroundings;
    const next = isDisturbed ? { ...learnt, dueAtMs: Math.min(learnt.dueAtMs, now.state.dueAtMs) } : learnt;
    this.#states.set(text, { key: now.key, state: next });
    this.#options.log.debug('asked a service', { service: text, outcome });
    if (told(now.state) !== told(next)) this.#options.onChange(now.key);
    this.#askWhenDue(text, next);
  }
}

const notAsked: Verdict = {
  status: 'Unknown',
  reason: conditionReasons.requestGatePending,
  message: 'asked once the other conditions are true',
};

/** What of a state the status shows. */
function told(state: GateState): string {
  const { status, reason, message } = verdictOf(state);
  return `${status} ${reason}: ${message}`;
}
