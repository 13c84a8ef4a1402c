import { gatewayResources, type HTTPRoute, type RouteParentStatus } from '@weir/api/gateway';
import { inferencePoolV1, inferencePoolV1alpha2 } from '@weir/api/inference';
import { poolMigratedAnnotation } from '@weir/api/serving';
import type { DesiredInput } from './input.ts';
import { childOf } from './metadata.ts';
import { isServed } from './missing-kinds.ts';

const { group: newer } = inferencePoolV1;
const { group: older } = inferencePoolV1alpha2;

interface PoolGroup {
  /** API group under which the route names its pool. */
  readonly group: string;
  /** The gateway is known to take the newer group; never taken back. */
  readonly isSettled: boolean;
}

/**
 * Which generation of the pool API the route refers to. It starts with the newer one, falls back when the gateway
 * says that it does not know that, and settles on it for good once a gateway has resolved it.
 */
export function poolGroup(input: DesiredInput): PoolGroup {
  const { observed, service } = input;
  const fresh =
    isServed(observed, inferencePoolV1) || !isServed(observed, inferencePoolV1alpha2) ? newer : older;
  const live = liveRoute(input);
  if (live === undefined) return { group: fresh, isSettled: false };
  if (live.metadata.annotations?.[poolMigratedAnnotation] === 'v1') return { group: newer, isSettled: true };
  const used = groupIn(live, childOf(service, 'pool'));
  if (used === undefined) return { group: fresh, isSettled: false };
  const verdicts = (live.status?.parents ?? []).map((parent) => verdictOf(parent));
  const accepts = verdicts.some((verdict) => verdict?.type === 'resolved');
  const refused = verdicts.flatMap((verdict) => (verdict?.type === 'refused' ? [verdict.group ?? used] : []));
  if (used === newer) {
    if (accepts || refused.includes(older)) return { group: newer, isSettled: true };
    const canFallBack = refused.includes(newer) && isServed(observed, inferencePoolV1alpha2);
    return { group: canFallBack ? older : newer, isSettled: false };
  }
  // A gateway that serves the older one is left in peace.
  if (accepts || refused.length === 0)
    return { group: isServed(observed, inferencePoolV1alpha2) ? older : newer, isSettled: false };
  return { group: newer, isSettled: true };
}

function liveRoute({ observed, service }: DesiredInput): HTTPRoute | undefined {
  const { group, plural } = gatewayResources.httpRoutes;
  const name = childOf(service, 'route');
  return observed.children.find(
    ({ kind, object }) => kind.group === group && kind.plural === plural && object.metadata.name === name,
  )?.object as HTTPRoute | undefined;
}

function groupIn(route: HTTPRoute, pool: string): string | undefined {
  const refs = (route.spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs);
  return refs.find(({ kind, name }) => kind === 'InferencePool' && name === pool)?.group;
}

type Verdict =
  | { readonly type: 'resolved' }
  | { readonly type: 'refused'; readonly group: string | undefined };

/** A refusal that names the group counts for that group: the report may be about an earlier state of the route. */
function verdictOf({ conditions }: RouteParentStatus): Verdict | null {
  const resolved = conditions.find(({ type }) => type === 'ResolvedRefs');
  if (resolved === undefined) return null;
  if (resolved.status !== 'False' || resolved.reason !== 'InvalidKind') return { type: 'resolved' };
  const message = resolved.message ?? '';
  return { type: 'refused', group: [older, newer].find((group) => message.includes(group)) };
}
