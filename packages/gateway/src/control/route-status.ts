import type { RouteParentStatus } from '@weir/api/gateway';
import type { RouteOutcome } from '../routing/compile.ts';
import { condition } from './conditions.ts';

/** `status.parents` of a route: ours computed, those of other controllers untouched. Pure. */
export function computeRouteParents(
  { route, parents }: RouteOutcome,
  controllerName: string,
  now: string,
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
      ],
    };
  });
  return [...others, ...ours];
}
