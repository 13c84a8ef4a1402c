import type { Condition, ObjectMeta } from '@weir/api/meta';
import {
  type ConditionType,
  conditionReasons,
  conditionTypes,
  fieldsWithoutEffect,
  type LLMInferenceServiceSpec,
} from '@weir/api/serving';
import { workloadsOf } from '../desired/index.ts';
import { imageVolumeVerdict } from './image-volume.ts';
import { type ComposedStatusInput, generationOf, type StatusInput } from './input.ts';
import { substitutionOf } from './pod-cause.ts';
import { routerConditions, routerVerdicts } from './router-conditions.ts';
import { scalingConditions, scalingVerdicts } from './scaling.ts';
import { isFalse, isTrue, isUnknown, rollUp, type Verdict } from './verdict.ts';
import { workloadVerdict } from './workload.ts';

/** Conditions that count towards Ready carry no severity; all others only explain. */
const counting: readonly ConditionType[] = [
  conditionTypes.ready,
  conditionTypes.presetsCombined,
  conditionTypes.workloadsReady,
  conditionTypes.routerReady,
];

/** Those that WorkloadsReady sums up; the first that is not True decides. */
const workloadConditions: readonly ConditionType[] = [
  conditionTypes.mainWorkloadReady,
  conditionTypes.workerWorkloadReady,
  conditionTypes.prefillWorkloadReady,
  conditionTypes.prefillWorkerWorkloadReady,
  ...scalingConditions,
];

type Verdicts = Partial<Record<ConditionType, Verdict | undefined>>;

export function computeConditions(input: StatusInput): Condition[] {
  const verdicts = input.isStopped
    ? stoppedVerdicts(input)
    : input.combined.type === 'failed'
      ? failedVerdicts(input)
      : composedVerdicts({ ...input, spec: input.combined.spec });
  // Before anything was made, nothing is known of it: these are there all the same.
  const counted = Object.fromEntries(
    counting.slice(1).map((type) => [type, verdicts[type] ?? { status: 'Unknown' as const }]),
  );
  const all: Verdicts = { [conditionTypes.ready]: rollUp(Object.values(counted)), ...verdicts, ...counted };
  return Object.entries(all)
    .flatMap(([type, verdict]) =>
      verdict === undefined ? [] : [toCondition(input, type as ConditionType, verdict)],
    )
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

export function toCondition(input: StatusInput, type: ConditionType, verdict: Verdict): Condition {
  const { service, now } = input;
  const previous = service.status?.conditions?.find((condition) => condition.type === type);
  const isUnchanged = previous?.status === verdict.status && previous.lastTransitionTime !== undefined;
  return {
    type,
    status: verdict.status,
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    ...(verdict.message === undefined ? {} : { message: verdict.message }),
    ...(counting.includes(type) ? {} : { severity: 'Info' }),
    lastTransitionTime: isUnchanged ? (previous.lastTransitionTime ?? now) : now,
    observedGeneration: verdict.observedGeneration ?? generationOf(input),
  };
}

/** Nothing runs; why the spec would not compose is worth a word all the same. */
function stoppedVerdicts({ combined }: StatusInput): Verdicts {
  const stopped = isFalse(conditionReasons.stopped, 'Service is stopped');
  const message = combined.type === 'failed' ? `Service is stopped with warning: ${combined.message}` : '';
  return {
    PresetsCombined: combined.type === 'failed' ? isFalse(conditionReasons.stopped, message) : isTrue,
    WorkloadsReady: stopped,
    MainWorkloadReady: stopped,
    WorkerWorkloadReady: stopped,
    PrefillWorkloadReady: stopped,
    PrefillWorkerWorkloadReady: stopped,
    RouterReady: stopped,
    SchedulerWorkloadReady: stopped,
    TokenizerReady: stopped,
    GatewaysReady: stopped,
    HTTPRoutesReady: stopped,
    InferencePoolReady: stopped,
  };
}

/** Children were not touched: what was known of them stays, except that it counts for an older generation. */
function failedVerdicts({ service, combined, observed }: StatusInput): Verdicts {
  const verdicts: Verdicts = {};
  for (const condition of service.status?.conditions ?? []) {
    if (condition.type === conditionTypes.ready) continue;
    verdicts[condition.type as ConditionType] = {
      status: condition.status,
      ...(condition.reason === undefined ? {} : { reason: condition.reason }),
      ...(condition.message === undefined ? {} : { message: condition.message }),
      observedGeneration: condition.observedGeneration,
    };
  }
  if (combined.type === 'failed') {
    const { reason } = combined;
    const isRunning = observed.children.some(({ isShared }) => isShared !== true);
    const message = isRunning ? withAfterword(combined.message, runsOn) : combined.message;
    const isOpen = reason === conditionReasons.validationUnavailable;
    verdicts.PresetsCombined = isOpen ? isUnknown(reason, message) : isFalse(reason, message);
  }
  return verdicts;
}

const runsOn = '; what was made of the last spec that composed runs on unchanged';

/** The end of a long message gives way. */
function withAfterword(message: string, afterword: string): string {
  const room = maxMessageLength - afterword.length;
  return `${message.length > room ? `${message.slice(0, room - 1)}…` : message}${afterword}`;
}

function composedVerdicts(input: ComposedStatusInput): Verdicts {
  const { service, spec, observed } = input;
  const reported: Verdicts = {
    ...Object.fromEntries(
      workloadsOf(service, spec).map((workload) => [workload.condition, workloadVerdict(observed, workload)]),
    ),
    ...scalingVerdicts(input),
    ...routerVerdicts(input),
  };
  for (const problem of [...input.problems].reverse()) {
    reported[problem.type] = isFalse(problem.reason, problem.message);
  }
  return {
    PresetsCombined: isTrue,
    ...reported,
    WorkloadsReady: rollUp(workloadConditions.flatMap((type) => reported[type] ?? [])),
    RouterReady: rollUp(routerConditions.flatMap((type) => reported[type] ?? [])),
    ModelSubstituted: substitutionVerdict(input),
    OciImageVolumeCompatible: imageVolumeVerdict(input),
    RolloutStable: rolloutVerdict(input),
    FieldsIgnored: ignoredVerdict(spec, service.metadata),
  };
}

function substitutionVerdict({ observed }: ComposedStatusInput): Verdict | undefined {
  const substitution = substitutionOf(observed.pods);
  if (substitution === null) return undefined;
  return {
    status: 'True',
    reason: conditionReasons.modelSubstituted,
    message: `${substitution.substituted} is served instead of ${substitution.uri}`,
  };
}

/** Nothing is said where nothing happened yet. */
function rolloutVerdict({ service, rollout }: ComposedStatusInput): Verdict | undefined {
  const { conditions = [] } = service.status ?? {};
  const wasSaid = conditions.some(({ type }) => type === conditionTypes.rolloutStable);
  return rollout?.stability ?? (wasSaid ? isTrue : undefined);
}

/** Longest message of a condition that people still read. */
const maxMessageLength = 512;

function ignoredVerdict(spec: LLMInferenceServiceSpec, metadata: ObjectMeta): Verdict | undefined {
  const fields = fieldsWithoutEffect(spec, metadata);
  if (fields.length === 0) return undefined;
  const message = withAfterword(fields.map(({ path, reason }) => `${path} (${reason})`).join(', '), '');
  return { status: 'True', reason: conditionReasons.fieldsIgnored, message };
}
