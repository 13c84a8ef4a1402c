import { noSpareAnnotation } from '@weir/api/serving';
import type { Deployment, Pod } from '@weir/api/workloads';
import { isContainedIn } from '../is-contained-in.ts';
import { shortageOf } from './shortage.ts';

/** Where new pods find their place: beside the old ones, or in the place of old ones that end first. */
export type Placement =
  | { readonly type: 'beside' }
  | { readonly type: 'inPlace'; readonly lacking: string; readonly isRolling: boolean }
  /** New pods wait, and it is not for us to end old ones. */
  | { readonly type: 'stuck'; readonly message: string };

interface PlacementInput {
  /** As it is to be written, still with the strategy of the user or none. */
  readonly wanted: Deployment;
  readonly live: Deployment | undefined;
  /** Pods of the service. */
  readonly pods: readonly Pod[];
  readonly isOff: boolean;
}

const beside: Placement = { type: 'beside' };

/**
 * A Deployment's default strategy starts a new pod before an old one ends: without a device to spare, neither ever
 * happens. What lacked is noted on the Deployment and holds until the next revision, which tries its luck anew.
 */
export function placementOf({ wanted, live, pods, isOff }: PlacementInput): Placement {
  if (live === undefined) return beside;
  const shortage = shortageOf(live, pods);
  const strategy = wanted.spec?.strategy;
  if (strategy !== undefined || isOff) {
    const mayExceed = strategy?.type !== 'Recreate' && strategy?.rollingUpdate?.maxSurge !== 0;
    if (shortage === null || !mayExceed) return beside;
    const way = isOff
      ? 'set metadata.annotations[weir.dev/spare-check] to auto'
      : 'set rolloutStrategy to maxSurge 0 and maxUnavailable 1';
    return { type: 'stuck', message: `${shortage.message} — free what it needs, or ${way}` };
  }
  const noted = live.metadata.annotations?.[noSpareAnnotation];
  const isRolling = hasOldPods(live);
  if (noted !== undefined && isContainedIn(wanted.spec?.template, live.spec?.template)) {
    return { type: 'inPlace', lacking: noted, isRolling };
  }
  if (shortage === null) return beside;
  if (shortage.tooLarge.length > 0) {
    const what = shortage.tooLarge.join(', ');
    const message = `${shortage.message} — it asks for more ${what} than the pod that it replaces would free: add a node that has it, or ask for less`;
    return { type: 'stuck', message };
  }
  return { type: 'inPlace', lacking: shortage.resources.join(', '), isRolling };
}

/** The same Deployment with a strategy that needs no room beside its old pods. */
export function inPlace(deployment: Deployment, lacking: string): Deployment {
  const { metadata, spec } = deployment;
  return {
    ...deployment,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [noSpareAnnotation]: lacking } },
    ...(spec === undefined
      ? {}
      : {
          spec: {
            ...spec,
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
          },
        }),
  };
}

function hasOldPods({ metadata, spec, status }: Deployment): boolean {
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const updated = status?.updatedReplicas ?? 0;
  return !isSeen || updated < (spec?.replicas ?? 1) || (status?.replicas ?? 0) > updated;
}
