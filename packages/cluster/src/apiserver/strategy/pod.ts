import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '@weir/api/meta';
import { forbidden } from '@weir/api/meta';
import type { Container, Pod, PodSpec } from '@weir/api/workloads';
import { setPodSpecDefaults } from './pod-defaults.ts';
import { podSpecErrors } from './pod-validation.ts';
import { defaultServiceAccount, missingServiceAccount, mountAccountToken } from './service-account.ts';
import { defineStrategy, type Strategy } from './strategy.ts';

export const podStrategy: Strategy = defineStrategy<Pod>({
  hasGeneration: true,
  setDefaults: (draft) => {
    if (draft.spec === undefined) return;
    setPodSpecDefaults(draft.spec);
    draft.spec.enableServiceLinks ??= true;
  },
  prepareCreate: (draft, context) => {
    const { spec } = draft;
    if (spec !== undefined) {
      defaultServiceAccount(spec);
      mountAccountToken(draft, spec, context);
      spec.priority ??= 0;
      spec.preemptionPolicy ??= 'PreemptLowerPriority';
      setTolerations(spec);
    }
    draft.status = { phase: 'Pending', qosClass: qosClassOf(spec) };
  },
  forbidden: (object, context) => missingServiceAccount(object, context),
  validate: (object, old) => [
    ...podSpecErrors(object.spec, 'spec'),
    ...(old === null ? [] : changeErrors(object, old)),
  ],
});

/** Pods stay five minutes on a node that is lost. */
function setTolerations(spec: PodSpec): void {
  const tolerations = spec.tolerations ?? [];
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    if (tolerations.some((one) => one.key === key || (one.key === undefined && one.operator === 'Exists')))
      continue;
    tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  spec.tolerations = tolerations;
}

/** Guaranteed when every container limits what it requests, BestEffort when none says anything. */
function qosClassOf(spec: PodSpec | undefined): string {
  const containers: Container[] = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  const sets = containers.flatMap(({ resources }) => [resources?.limits ?? {}, resources?.requests ?? {}]);
  const computed = ['cpu', 'memory'];
  const isSilent = sets.every((set) => computed.every((name) => set[name] === undefined));
  if (isSilent) return 'BestEffort';
  const isGuaranteed = containers.every(({ resources }) =>
    computed.every((name) => {
      const limit = resources?.limits?.[name];
      return limit !== undefined && String(limit) === String(resources?.requests?.[name] ?? limit);
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

const changeable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function changeErrors(object: Pod, old: Pod): FieldError[] {
  return isDeepStrictEqual(fixedPart(object), fixedPart(old)) ? [] : [forbidden('spec', changeable)];
}

/** The spec without what may change. */
function fixedPart(pod: Pod): unknown {
  const {
    activeDeadlineSeconds: _,
    tolerations: __,
    schedulingGates: ___,
    ...spec
  } = pod.spec ?? { containers: [] };
  const withoutImage = ({ image: _image, ...container }: Container): unknown => container;
  return {
    ...spec,
    containers: (spec.containers ?? []).map(withoutImage),
    initContainers: (spec.initContainers ?? []).map(withoutImage),
  };
}
