import type { HTTPRoute } from '@weir/api/gateway';
import { childName, type KubeObject, keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import {
  childSuffixes,
  conditionReasons,
  conditionTypes,
  type LLMInferenceService,
  type LLMInferenceServiceStatus,
  routingGroupLabel,
  stopAnnotation,
} from '@weir/api/serving';
import { canonicalJson } from '@weir/core/hash';
import type { ObjectChange } from '@weir/kube';
import { isRoutable } from './desired/index.ts';
import { groupIndex, groupKeys, type Sources } from './sources.ts';

/** A member that is stuck must not keep another from going. */
const longestWaitMs = 60_000;

/** The other members of the groups that a changed service is in or was in, when the change means something to them. */
export function peersToTell(
  sources: Pick<Sources, 'services'>,
  { type, object, previous }: ObjectChange<LLMInferenceService>,
): ObjectKey[] {
  const groups = new Set([...groupKeys(object), ...(previous === undefined ? [] : groupKeys(previous))]);
  if (groups.size === 0) return [];
  const isSame = previous !== undefined && asPeersSeeIt(object) === asPeersSeeIt(previous);
  if (type === 'updated' && isSame) return [];
  const members = [...groups].flatMap((group) => sources.services.byIndex(groupIndex, group));
  return members.map(keyOf).filter(({ name }) => name !== object.metadata.name);
}

function asPeersSeeIt(service: LLMInferenceService): string {
  const { metadata, spec, status } = service;
  return canonicalJson([
    metadata.deletionTimestamp ?? null,
    metadata.annotations?.[stopAnnotation] ?? null,
    spec?.router ?? null,
    spec?.model ?? null,
    spec?.baseRefs ?? null,
    isRoutable(service),
    (status?.addresses ?? []).map(({ models }) => models ?? []),
    status?.router?.scheduler ?? null,
  ]);
}

/** Members that wait for the route of another one to let go of them. */
export function waitingMembers(sources: Pick<Sources, 'services'>, { metadata }: KubeObject): ObjectKey[] {
  const group = metadata.labels?.[routingGroupLabel];
  if (group === undefined) return [];
  return sources.services
    .byIndex(groupIndex, `${metadata.namespace}/${group}`)
    .filter((service) => service.metadata.deletionTimestamp !== undefined)
    .map(keyOf);
}

/** Other members whose routes still lead to a service that is being deleted; nobody is waited for after a minute. */
export function holdingMembers(
  sources: Pick<Sources, 'services' | 'httpRoutes'>,
  service: LLMInferenceService,
  waitedMs: number,
): string[] {
  if (waitedMs >= longestWaitMs) return [];
  const { name, namespace } = keyOf(service);
  const own = [childName(name, childSuffixes.pool), childName(name, childSuffixes.workloadService)];
  return groupKeys(service)
    .flatMap((group) => sources.services.byIndex(groupIndex, group))
    .filter((peer) => peer.metadata.name !== name && peer.metadata.deletionTimestamp === undefined)
    .filter((peer) => {
      const route = sources.httpRoutes.get({
        namespace,
        name: childName(peer.metadata.name ?? '', childSuffixes.route),
      });
      return route !== undefined && leadsTo(route, own);
    })
    .map((peer) => keyText(keyOf(peer)));
}

function leadsTo({ spec }: HTTPRoute, names: readonly string[]): boolean {
  return (spec.rules ?? []).some(({ backendRefs = [] }) =>
    backendRefs.some(({ name }) => names.includes(name)),
  );
}

/** The status of a service that waits for the others to let go of it. */
export function statusWhileHeld(
  { metadata, status = {} }: LLMInferenceService,
  holders: readonly string[],
  now: Date,
): LLMInferenceServiceStatus {
  const others = (status.conditions ?? []).filter(({ type }) => type !== conditionTypes.groupReady);
  const before = status.conditions?.find(({ type }) => type === conditionTypes.groupReady);
  const isWaiting = before?.reason === conditionReasons.finalizationPending;
  const condition = {
    type: conditionTypes.groupReady,
    status: 'False' as const,
    reason: conditionReasons.finalizationPending,
    message: `waiting until the routes of ${holders.join(', ')} lead elsewhere`,
    severity: 'Info',
    lastTransitionTime:
      (isWaiting ? before.lastTransitionTime : undefined) ?? now.toISOString().replace(/\.\d+Z$/, 'Z'),
    observedGeneration: metadata.generation ?? 0,
  };
  return { ...status, conditions: [...others, condition].sort((a, b) => (a.type < b.type ? -1 : 1)) };
}
