import { type KubeObject, keyOf, keyText, resources } from '@weir/api/meta';
import { noSpareAnnotation } from '@weir/api/serving';
import type { Deployment } from '@weir/api/workloads';
import { canonicalJson } from '@weir/core/hash';
import type { DesiredChild, Observed } from '../desired/index.ts';
import { nextStep, type Revision } from './hold.ts';
import { inPlace, type Placement, placementOf } from './placement.ts';
import { podsOf, withPods } from './pods-of.ts';

/** What is remembered of a workload from pass to pass. */
export interface Memory {
  readonly revision?: Revision | undefined;
  /** Since when its new pods find no room, in milliseconds. */
  readonly shortSinceMs?: number | undefined;
}

export interface WorkloadPlan {
  /** As it is written now. */
  readonly child: DesiredChild;
  readonly live: KubeObject | undefined;
  readonly placement: Placement;
  /** Changes of its pods that become one revision now. */
  readonly changes: number;
  /** Its pods are not those that are wanted: they wait for more changes. */
  readonly isHeld: boolean;
  /** Until time decides; undefined where it does not. */
  readonly waitMs: number | undefined;
  readonly memory: Memory;
  /** The memory once it is written. */
  readonly settled: Memory;
}

export interface PlanContext {
  readonly observed: Observed;
  /** The user wants no old pod to end for want of room. */
  readonly isSpareCheckOff: boolean;
  readonly nowMs: number;
}

/** Room may be about to come free. */
const graceMs = 3000;

/** How one workload is rolled in this pass; undefined for kinds that run no pods. */
export function planWorkload(
  wanted: DesiredChild,
  { revision, shortSinceMs }: Memory,
  context: PlanContext,
): WorkloadPlan | undefined {
  const pods = podsOf(wanted.kind, wanted.object);
  if (pods === undefined) return undefined;
  const live = findLive(context.observed, wanted);
  const held = hold(wanted, pods, revision, context.nowMs);
  const placed = place(held.child, live, shortSinceMs, context);
  return {
    child: placed.child,
    live,
    placement: placed.placement,
    changes: held.changes,
    isHeld: held.waitMs !== undefined,
    waitMs: earliest(held.waitMs, placed.waitMs),
    memory: { revision: held.unwritten, shortSinceMs: placed.shortSinceMs },
    settled: { revision: held.settled, shortSinceMs: placed.shortSinceMs },
  };
}

export function earliest(...waits: readonly (number | undefined)[]): number | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

interface Held {
  readonly child: DesiredChild;
  readonly changes: number;
  readonly unwritten: Revision | undefined;
  readonly settled: Revision;
  readonly waitMs?: number;
}

/** Everything else of a workload follows at once while its pods wait. */
function hold(child: DesiredChild, pods: unknown, revision: Revision | undefined, nowMs: number): Held {
  const wanted = canonicalJson(pods);
  const step = nextStep(revision, wanted, nowMs);
  if (step.type === 'write' || revision === undefined) {
    const changes = step.type === 'write' ? step.changes : 0;
    const isSettled = revision?.written === wanted && revision.pending === undefined;
    return { child, changes, unwritten: revision, settled: isSettled ? revision : { written: wanted } };
  }
  const object = withPods(child.kind, child.object, JSON.parse(revision.written));
  const waiting = { written: revision.written, pending: step.pending };
  return {
    child: { ...child, object },
    changes: 0,
    unwritten: waiting,
    settled: waiting,
    waitMs: step.waitMs,
  };
}

interface Placed {
  readonly child: DesiredChild;
  readonly placement: Placement;
  readonly shortSinceMs?: number;
  readonly waitMs?: number;
}

/** Groups of pods take the places of old ones by default; only Deployments may want for room. */
function place(
  child: DesiredChild,
  live: KubeObject | undefined,
  sinceMs: number | undefined,
  { observed, isSpareCheckOff, nowMs }: PlanContext,
): Placed {
  const beside: Placement = { type: 'beside' };
  if (child.kind.plural !== resources.deployments.plural) return { child, placement: beside };
  const deployment: Deployment = child.object;
  const placement = placementOf({ wanted: deployment, live, pods: observed.pods, isOff: isSpareCheckOff });
  if (placement.type === 'beside') return { child, placement };
  const shortSinceMs = sinceMs === undefined || nowMs < sinceMs ? nowMs : sinceMs;
  const waitMs = shortSinceMs + graceMs - nowMs;
  if (waitMs > 0 && live?.metadata.annotations?.[noSpareAnnotation] === undefined) {
    return { child, placement: beside, shortSinceMs, waitMs };
  }
  const object = placement.type === 'inPlace' ? inPlace(deployment, placement.lacking) : deployment;
  return { child: { ...child, object }, placement, shortSinceMs };
}

function findLive({ children }: Observed, { kind, object }: DesiredChild): KubeObject | undefined {
  const key = keyText(keyOf(object));
  return children.find((child) => child.kind.plural === kind.plural && keyText(keyOf(child.object)) === key)
    ?.object;
}
