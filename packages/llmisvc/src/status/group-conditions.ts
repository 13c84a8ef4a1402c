import { type ConditionType, conditionReasons } from '@weir/api/serving';
import { modelsOf, routingGroup } from '../desired/index.ts';
import type { ComposedStatusInput } from './input.ts';
import { isFalse, isTrue, type Verdict } from './verdict.ts';

type Group = NonNullable<ReturnType<typeof routingGroup>>;

/** How a routing group does. Neither counts towards Ready: the service itself works. */
export function groupVerdicts(
  input: ComposedStatusInput,
): Partial<Record<ConditionType, Verdict | undefined>> {
  const group = routingGroup(input);
  if (group === null) return {};
  const divergent = `${group.divergent.join(', ')} of group ${group.name} serve other models and get no requests of it`;
  return {
    GroupReady: readyVerdict(input, group),
    GroupDegraded:
      group.divergent.length === 0
        ? undefined
        : { ...isFalse(conditionReasons.memberDivergence, divergent), status: 'True' },
  };
}

/** True whatever the others do, since the requests of the group are answered; the reason says who is missing. */
function readyVerdict(input: ComposedStatusInput, group: Group): Verdict {
  const { membersResolved, modelNameMismatch, modelNameAmbiguous, backendResolutionFailed } =
    conditionReasons;
  if (group.divergent.length > 0) {
    const [models, share] = mostServed(input, group);
    return share > 0.5
      ? { ...isTrue, reason: modelNameMismatch, message: `most members serve ${models}, not all` }
      : { ...isTrue, reason: modelNameAmbiguous, message: 'no model is served by most members' };
  }
  const peers = input.observed.groupPeers.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (group.members.length > 1 || peers.length === 0) return { ...isTrue, reason: membersResolved };
  const names = peers.map(({ metadata }) => metadata.name).sort();
  const message = `${names.join(', ')} cannot take requests yet, so that this member gets all of them`;
  return { ...isTrue, reason: backendResolutionFailed, message };
}

/** The models that the most members serve, and how great a part of all these are. */
function mostServed({ service, spec, observed }: ComposedStatusInput, group: Group): [string, number] {
  const counts = new Map([[modelsOf(service, spec).join(' and '), group.members.length]]);
  for (const peer of observed.groupPeers) {
    if (!group.divergent.includes(peer.metadata.name ?? '')) continue;
    const models = modelsOf(peer).join(' and ');
    counts.set(models, (counts.get(models) ?? 0) + 1);
  }
  const [[models, count] = ['', 0]] = [...counts].sort(([, a], [, b]) => b - a);
  return [models, count / (group.members.length + group.divergent.length)];
}
