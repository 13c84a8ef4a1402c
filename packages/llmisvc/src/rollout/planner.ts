import { type KubeObject, keyOf, keyText, type ObjectRef } from '@weir/api/meta';
import { type LLMInferenceService, spareCheckAnnotation } from '@weir/api/serving';
import type { ConditionPatch, Desired, DesiredChild, Observed } from '../desired/index.ts';
import type { Verdict } from '../status/verdict.ts';
import { stabilityOf } from './stability.ts';
import { earliest, type Memory, planWorkload, type WorkloadPlan } from './workload-plan.ts';

/** How the pods of a service are rolled in this pass. */
export interface RolloutPlan {
  /** What to write now. */
  readonly desired: Desired;
  /** Some pods are not yet what the service asks for: the change waits for more changes. */
  readonly isHeld: boolean;
  /** When time decides what comes next. */
  readonly lookAgainMs: number | undefined;
  /** What is worth saying of the rollouts. */
  readonly stability: Verdict | undefined;
  readonly workloads: readonly (WorkloadPlan & { readonly condition: string })[];
}

/** Several changes of pods that were written as one revision. */
export interface CoalescedRollout {
  readonly changes: number;
  /** As `kubectl rollout history` numbers it, where the workload has such numbers. */
  readonly revision: number;
  /** `Kind namespace/name`. */
  readonly workload: string;
}

/** What is remembered of workloads, by uid of the service and identity of the workload. */
export interface Memories {
  /** Empty for what is not known. */
  get(uid: string, workload: string): Memory;
  set(uid: string, workload: string, memory: Memory): void;
  delete(uid: string, workload: string): void;
  /** All workloads of a service. */
  forget(uid: string): void;
}

/** Decides when changes of pods are written, and whether new pods come beside old ones or in their place. */
export class RolloutPlanner {
  readonly #now: () => Date;
  readonly #memories: Memories;

  constructor(now: () => Date, memories: Memories) {
    this.#now = now;
    this.#memories = memories;
  }

  plan(service: LLMInferenceService, desired: Desired, observed: Observed): RolloutPlan {
    const { uid = '' } = service.metadata;
    for (const ref of desired.remove) this.#memories.delete(uid, identityOf(ref));
    const context = {
      observed,
      isSpareCheckOff: service.metadata.annotations?.[spareCheckAnnotation] === 'off',
      nowMs: this.#now().getTime(),
    };
    const workloads: RolloutPlan['workloads'][number][] = [];
    const planned = (child: DesiredChild, condition: string): DesiredChild => {
      const identity = identityOf(refOf(child));
      const memory = this.#memories.get(uid, identity);
      const plan = planWorkload(child, memory, context);
      if (plan === undefined) return child;
      if (!isSame(plan.memory, memory)) this.#memories.set(uid, identity, plan.memory);
      workloads.push({ ...plan, condition });
      return plan.child;
    };
    const parts = desired.parts.map((part) => ({
      ...part,
      apply: part.apply.map((child) => planned(child, part.failure.condition)),
    }));
    return {
      desired: { ...desired, parts },
      isHeld: workloads.some((one) => one.isHeld),
      lookAgainMs: earliest(...workloads.map(({ waitMs }) => waitMs)),
      stability: stabilityOf(workloads),
      workloads,
    };
  }

  /** Remembers what was written, and tells which changes became one revision. */
  settle(
    service: LLMInferenceService,
    { workloads }: RolloutPlan,
    problems: readonly ConditionPatch[],
  ): CoalescedRollout[] {
    const { uid = '' } = service.metadata;
    const written = workloads.filter(({ condition }) => !problems.some(({ type }) => type === condition));
    for (const { child, memory, settled } of written) {
      if (!isSame(settled, memory)) this.#memories.set(uid, identityOf(refOf(child)), settled);
    }
    return written
      .filter(({ changes }) => changes > 1)
      .map(({ child, live, changes }) => ({
        changes,
        revision: revisionAfter(live),
        workload: `${child.kind.kind} ${keyText(keyOf(child.object))}`,
      }));
  }

  forget(service: LLMInferenceService): void {
    this.#memories.forget(service.metadata.uid ?? '');
  }
}

function refOf({ kind, object }: DesiredChild): ObjectRef {
  return { kind, ...keyOf(object) };
}

function identityOf(ref: ObjectRef): string {
  return `${ref.kind.plural}/${keyText(ref)}`;
}

/** The number that the Deployment controller gives next; groups have none, and their generation rises by one. */
function revisionAfter(live: KubeObject | undefined): number {
  const known = Number(live?.metadata.annotations?.['deployment.kubernetes.io/revision']);
  return (Number.isInteger(known) && known > 0 ? known : (live?.metadata.generation ?? 0)) + 1;
}

function isSame(a: Memory, b: Memory): boolean {
  return a.revision === b.revision && a.shortSinceMs === b.shortSinceMs;
}
