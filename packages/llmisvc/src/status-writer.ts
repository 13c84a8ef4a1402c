import type { Condition } from '@weir/api/meta';
import {
  conditionTypes,
  type LLMInferenceService,
  type LLMInferenceServiceStatus,
  servingResources,
} from '@weir/api/serving';
import { canonicalJson } from '@weir/core/hash';
import type { Client, EventRecorder } from '@weir/kube';
import type { Sources } from './sources.ts';

interface StatusWriterOptions {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly sources: Pick<Sources, 'services'>;
}

/** Writes the status when it differs from what the object says, and tells what changed as events. */
export async function writeStatus(
  { client, recorder, sources }: StatusWriterOptions,
  service: LLMInferenceService,
  status: LLMInferenceServiceStatus,
  signal: AbortSignal,
): Promise<void> {
  if (canonicalJson(service.status ?? {}) === canonicalJson(status)) return;
  const next = { ...service, status };
  const written = await client.update(servingResources.services, next, { subresource: 'status', signal });
  sources.services.remember(written);
  await recordTransitions(recorder, service, status);
}

async function recordTransitions(
  recorder: EventRecorder,
  service: LLMInferenceService,
  status: LLMInferenceServiceStatus,
): Promise<void> {
  const before = find(service.status, conditionTypes.ready);
  const after = find(status, conditionTypes.ready);
  if (after?.status === 'True' && before?.status !== 'True') {
    await recorder.record(service, 'Normal', 'LLMInferenceServiceReady', 'LLMInferenceService is ready');
  }
  if (after?.status === 'False' && before?.status === 'True') {
    const failing = (status.conditions ?? []).filter((one) => one.status === 'False' && one.type !== 'Ready');
    const text = `LLMInferenceService is not ready: ${failing.map(({ type }) => type).join(', ')}: ${after?.message ?? ''}`;
    await recorder.record(service, 'Warning', 'LLMInferenceServiceNotReady', text);
  }
  const degraded = find(status, conditionTypes.groupDegraded);
  if (degraded !== undefined && find(service.status, conditionTypes.groupDegraded) === undefined) {
    await recorder.record(service, 'Warning', 'MemberDivergence', degraded.message ?? '');
  }
  const substituted = find(status, conditionTypes.modelSubstituted);
  if (substituted !== undefined && find(service.status, conditionTypes.modelSubstituted) === undefined) {
    await recorder.record(service, 'Warning', 'ModelSubstituted', substituted.message ?? '');
  }
}

function find(status: LLMInferenceServiceStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
