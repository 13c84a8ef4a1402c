import type { Condition, ObjectKey } from '@weir/api/meta';
import type { LLMInferenceServiceConfig, LLMInferenceServiceConfigStatus } from '@weir/api/serving';

export const deletionBlocked = 'DeletionBlocked';

/** What a Config says about itself: it is always ready, and who uses it. */
export function computeConfigStatus(
  config: LLMInferenceServiceConfig,
  users: readonly ObjectKey[],
  now: string,
): LLMInferenceServiceConfigStatus {
  const generation = config.metadata.generation ?? 0;
  const condition = (type: string, more: Omit<Condition, 'type'>): Condition => {
    const previous = config.status?.conditions?.find((one) => one.type === type);
    const isUnchanged = previous?.status === more.status && previous.lastTransitionTime !== undefined;
    const lastTransitionTime = isUnchanged ? previous.lastTransitionTime : now;
    return { type, ...more, lastTransitionTime: lastTransitionTime ?? now, observedGeneration: generation };
  };
  const { referencedBy: _before, ...kept } = config.status ?? {};
  return {
    ...kept,
    observedGeneration: generation,
    conditions: [
      condition('ConfigInUse', { ...inUse(config, users), severity: 'Info' }),
      condition('Ready', { status: 'True' }),
    ],
    ...(users.length === 0
      ? {}
      : { referencedBy: users.map(({ name, namespace }) => ({ name, namespace })) }),
  };
}

/** Whether the Config said before that its deletion waits. */
export function isDeletionBlocked(status: LLMInferenceServiceConfigStatus | undefined): boolean {
  return (status?.conditions ?? []).some(({ reason }) => reason === deletionBlocked);
}

function inUse(
  config: LLMInferenceServiceConfig,
  users: readonly ObjectKey[],
): Pick<Condition, 'status' | 'reason' | 'message'> {
  const message = `referenced by ${users.length} LLMInferenceService(s)`;
  if (users.length === 0) {
    return { status: 'False', reason: 'NotInUse', message: 'not referenced by any LLMInferenceService' };
  }
  if (config.metadata.deletionTimestamp === undefined) return { status: 'True', reason: 'InUse', message };
  const names = users.slice(0, 5).map(({ namespace, name }) => `${namespace}/${name}`);
  const list = `${names.join(', ')}${users.length > names.length ? ', …' : ''}`;
  return {
    status: 'True',
    reason: deletionBlocked,
    message: `deletion waits: ${message} (${list}) — remove the reference from their spec.baseRefs`,
  };
}
