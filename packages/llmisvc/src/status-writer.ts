import type { Condition } from '@weir/api/meta';
import {
  conditionReasons,
  conditionTypes,
  type LLMInferenceService,
  type LLMInferenceServiceStatus,
  servingResources,
} from '@weir/api/serving';
import { toError } from '@weir/core/errors';
import { canonicalJson } from '@weir/core/hash';
import { type Client, type EventRecorder, type EventType, isKubeError } from '@weir/kube';
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
  try {
    const written = await client.update(servingResources.services, next, { subresource: 'status', signal });
    sources.services.remember(written);
  } catch (error) {
    // Conflicts are everyday, and a deleted service has no status.
    const isOrdinary = isKubeError(error, 'Conflict') || isKubeError(error, 'NotFound') || signal.aborted;
    if (!isOrdinary) {
      const message = `Failed to update the status: ${toError(error).message}`;
      await recorder.record(service, 'Warning', 'UpdateFailed', message);
    }
    throw error;
  }
  for (const { type, reason, message } of transitions(service.status, status))
    await recorder.record(service, type, reason, message);
}

interface Transition {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

/** What is worth an event in the step from one status to the next. */
export function transitions(
  before: LLMInferenceServiceStatus | undefined,
  after: LLMInferenceServiceStatus,
): Transition[] {
  const appeared = (reason: string, isIt: (condition: Condition) => boolean): Transition[] => {
    const now = after.conditions?.find(isIt);
    if (now === undefined || before?.conditions?.some(isIt) === true) return [];
    return [{ type: 'Warning', reason, message: now.message ?? '' }];
  };
  const { groupDegraded, modelSubstituted } = conditionTypes;
  const { memberDivergence, scalingCrdNotFound, requestGateFailed, noSpareRoom, rolloutWaits } =
    conditionReasons;
  const { invalidRenderedConfig, validationUnavailable } = conditionReasons;
  return [
    ...readyTransition(find(before, conditionTypes.ready), after),
    ...compositionFailure(find(before, conditionTypes.presetsCombined), after),
    ...appeared(invalidRenderedConfig, ({ reason }) => reason === invalidRenderedConfig),
    ...appeared(validationUnavailable, ({ reason }) => reason === validationUnavailable),
    ...appeared(memberDivergence, ({ type }) => type === groupDegraded),
    ...appeared(conditionReasons.modelSubstituted, ({ type }) => type === modelSubstituted),
    ...appeared(requestGateFailed, ({ reason }) => reason === requestGateFailed),
    ...appeared(scalingCrdNotFound, ({ reason }) => reason === scalingCrdNotFound),
    ...appeared(noSpareRoom, ({ status, reason }) => status === 'False' && reason === noSpareRoom),
    ...appeared(rolloutWaits, ({ reason }) => reason === rolloutWaits),
  ];
}

/** Conditions that make nothing unready. */
const besideReady: readonly string[] = [
  conditionTypes.ready,
  conditionTypes.rolloutStable,
  conditionTypes.ociImageVolumeCompatible,
];

function readyTransition(before: Condition | undefined, status: LLMInferenceServiceStatus): Transition[] {
  const after = find(status, conditionTypes.ready);
  if (after?.status === 'True' && before?.status !== 'True') {
    return [{ type: 'Normal', reason: 'LLMInferenceServiceReady', message: 'LLMInferenceService is ready' }];
  }
  if (after?.status !== 'False' || before?.status !== 'True') return [];
  const failing = (status.conditions ?? []).filter(
    (one) => one.status === 'False' && !besideReady.includes(one.type),
  );
  const types = failing.map(({ type }) => type).join(', ');
  const message = `LLMInferenceService is not ready: ${types}: ${after.message ?? ''}`;
  return [{ type: 'Warning', reason: 'LLMInferenceServiceNotReady', message }];
}

/** Once per generation: the message also tells of what others add and remove meanwhile. */
function compositionFailure(
  before: Condition | undefined,
  status: LLMInferenceServiceStatus,
): readonly Transition[] {
  const { configNotFound, combineBaseError } = conditionReasons;
  const after = find(status, conditionTypes.presetsCombined);
  if (after?.reason !== configNotFound && after?.reason !== combineBaseError) return [];
  if (before?.reason === after.reason && before.observedGeneration === after.observedGeneration) return [];
  return [{ type: 'Warning', reason: 'Error', message: `Reconciliation failed: ${after.message ?? ''}` }];
}

function find(status: LLMInferenceServiceStatus | undefined, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
