import type { Condition } from '@weir/api/meta';
import { conditionReasons } from '@weir/api/serving';
import { isFalse, type Verdict } from '../status/verdict.ts';
import type { Outcome } from './ask.ts';
import type { GateTarget, ProbeAddress } from './target.ts';

/** What is known about one service. A value: each event makes a new one. */
export interface GateState {
  readonly target: GateTarget;
  /** When this knowledge began, which tells it from that of an earlier time or revision. */
  readonly sinceMs: number;
  readonly finding: 'pending' | 'verified' | 'failed' | 'inconclusive';
  /** What the last answer said, where it was not as wanted. */
  readonly message: string;
  /** URL of the latest answer, as far as this process knows. */
  readonly answeredAt?: string;
  /** Failures in a row. */
  readonly failures: number;
  /** When to ask (again), in the milliseconds of a steady clock. */
  readonly dueAtMs: number;
}

/** A single refusal may be a pod that just went: so many in a row count. */
const failuresThatCount = 3;
const firstRetryMs = 200;
const longestRetryMs = 10_000;
/** What works is asked again after this time. */
const recheckMs = 300_000;
/** What a predecessor has found is asked again within this time. */
const inheritedMs = 60_000;
/** Pods that come one after another are waited for. */
const settleMs = 1000;

/** `spread` from 0 to 1 keeps services that were started together from being asked together. */
export interface GateClock {
  readonly nowMs: number;
  readonly spread: number;
}

/** A look at the service: a new revision knows nothing, and changed surroundings are reason to ask again. */
export function look(
  state: GateState | undefined,
  target: GateTarget,
  previous: Condition | undefined,
  clock: GateClock,
): GateState {
  if (state?.target.revision === target.revision) {
    const isDisturbed = state.target.surroundings !== target.surroundings;
    const soonMs = state.finding === 'verified' ? clock.nowMs + settleMs : clock.nowMs;
    const dueAtMs = isDisturbed ? Math.min(state.dueAtMs, soonMs) : state.dueAtMs;
    return { ...state, target, dueAtMs };
  }
  const fresh = { target, sinceMs: clock.nowMs, message: '', failures: 0 };
  // A controller that was started again finds in the status what its predecessor knew.
  if (state === undefined && isVerifiedAs(previous, target)) {
    return { ...fresh, finding: 'verified', dueAtMs: clock.nowMs + inheritedMs * clock.spread };
  }
  return { ...fresh, finding: 'pending', dueAtMs: clock.nowMs };
}

/** What an outcome of asking makes of it. */
export function learn(state: GateState, outcome: Outcome, clock: GateClock): GateState {
  const isNew = state.finding !== 'verified';
  const recheckAtMs = clock.nowMs + recheckMs * (0.9 + 0.2 * clock.spread);
  switch (outcome.type) {
    case 'answered':
      return {
        ...state,
        finding: 'verified',
        message: '',
        answeredAt: outcome.url,
        failures: 0,
        dueAtMs: recheckAtMs,
      };
    case 'inconclusive':
      return {
        ...state,
        finding: 'inconclusive',
        message: outcome.message,
        failures: 0,
        dueAtMs: recheckAtMs,
      };
    case 'elsewhere':
    case 'busy':
      // What is known to work is not broken by being asked too much.
      return {
        ...state,
        message: isNew ? outcome.message : '',
        dueAtMs: clock.nowMs + (isNew ? firstRetryMs * 5 : longestRetryMs),
      };
    case 'failed': {
      const failures = state.failures + 1;
      const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(state.failures, 10));
      const dueAtMs = clock.nowMs + wait;
      if (failures < failuresThatCount) return { ...state, failures, dueAtMs };
      return { ...state, finding: 'failed', message: outcome.message, failures, dueAtMs };
    }
  }
}

/** Where a service that works is reached; undefined when that cannot be told from other addresses. */
export function reachedAt({ finding, target, answeredAt }: GateState): ProbeAddress | undefined {
  if (finding !== 'verified') return undefined;
  const { addresses } = target;
  return (
    addresses.find(({ url }) => url === answeredAt) ?? (addresses.length === 1 ? addresses[0] : undefined)
  );
}

/** What is certain to fail need not be asked three times. */
export function lose(state: GateState, message: string, { nowMs }: GateClock): GateState {
  return { ...state, finding: 'failed', message, failures: failuresThatCount, dueAtMs: nowMs + firstRetryMs };
}

/** What the condition says. */
export function verdictOf({ finding, message, target }: GateState): Verdict {
  switch (finding) {
    case 'verified':
      return { status: 'True', reason: conditionReasons.requestAnswered, message: verifiedMessage(target) };
    case 'failed':
      return isFalse(conditionReasons.requestGateFailed, message);
    case 'inconclusive':
      return { ...isFalse(conditionReasons.requestGateInconclusive, message), status: 'Unknown' };
    case 'pending':
      return target.obstacle ?? pendingVerdict(target, message);
  }
}

function pendingVerdict({ addresses }: GateTarget, last: string): Verdict {
  const message = `waiting for the first answer at ${addresses[0]?.url}${last === '' ? '' : `, last was ${last}`}`;
  return { ...isFalse(conditionReasons.requestGatePending, message), status: 'Unknown' };
}

/** Tells for what the answer counts, and so outlives this process. */
function verifiedMessage({ addresses, revision }: GateTarget): string {
  return `revision ${revision} answered at ${addresses[0]?.url}`;
}

function isVerifiedAs(previous: Condition | undefined, target: GateTarget): boolean {
  return previous?.status === 'True' && previous.message === verifiedMessage(target);
}
