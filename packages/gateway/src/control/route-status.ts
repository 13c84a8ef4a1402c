import { type RouteParentStatus, requestsFailedCondition } from '@weir/api/gateway';
import type { Condition } from '@weir/api/meta';
import type { RouteAlarm } from '../proxy/route-failures.ts';
import type { RouteOutcome } from '../routing/compile.ts';
import { condition } from './conditions.ts';

/** `status.parents` of a route: ours computed, those of other controllers untouched. Pure. */
export function computeRouteParents(
  { route, parents }: RouteOutcome,
  controllerName: string,
  now: string,
  alarm: RouteAlarm | null,
): RouteParentStatus[] {
  const current = route.status?.parents ?? [];
  const others = current.filter((parent) => parent.controllerName !== controllerName);
  const ours = parents.map(({ parentRef, accepted, resolvedRefs }): RouteParentStatus => {
    const previous = current.find(
      (parent) =>
        parent.controllerName === controllerName &&
        parent.parentRef.name === parentRef.name &&
        parent.parentRef.namespace === parentRef.namespace &&
        parent.parentRef.sectionName === parentRef.sectionName &&
        parent.parentRef.port === parentRef.port,
    )?.conditions;
    const context = { previous, generation: route.metadata.generation, now };
    return {
      parentRef,
      controllerName,
      conditions: [
        condition('Accepted', accepted, context),
        condition('ResolvedRefs', resolvedRefs, context),
        ...requestsFailed(previous, route.metadata.generation, alarm),
      ],
    };
  });
  return [...others, ...ours];
}

/** When the gateway last told that requests failed; undefined when it never did. */
export function failedAt({ route }: RouteOutcome, controllerName: string): string | undefined {
  return route.status?.parents
    ?.filter((parent) => parent.controllerName === controllerName)
    .map(({ conditions }) => lastFailure(conditions)?.lastTransitionTime)
    .sort()
    .at(-1);
}

/** A memory of the last time: several processes of a gateway may tell, and none takes back what another said. */
function requestsFailed(
  previous: readonly Condition[] | undefined,
  generation = 0,
  alarm: RouteAlarm | null,
): Condition[] {
  if (alarm === null) return [lastFailure(previous) ?? []].flat();
  const { at, message } = alarm;
  const fields = { status: 'True', reason: 'FailuresInARow', message, lastTransitionTime: at } as const;
  return [{ type: requestsFailedCondition, observedGeneration: generation, ...fields }];
}

function lastFailure(conditions: readonly Condition[] | undefined): Condition | undefined {
  return conditions?.find(({ type }) => type === requestsFailedCondition);
}
