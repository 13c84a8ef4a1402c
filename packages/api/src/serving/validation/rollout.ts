import { type FieldError, invalid, required } from '../../meta/index.ts';
import { onWorkloads, type Rule, type WorkloadRule } from './rule.ts';

type CountOrPercent = number | string;

const progressHint = 'set maxSurge or maxUnavailable to 1 or more';
const valueHint = 'write a number of pods, or a percentage from 0% to 100%';

const rolloutMakesProgress: WorkloadRule = ({ rolloutStrategy, worker }, workloadPath) => {
  if (rolloutStrategy === undefined) return [];
  const path = `${workloadPath}.rolloutStrategy`;
  const { maxUnavailable, maxSurge } = rolloutStrategy;
  const errors = [
    ...valueErrors(maxUnavailable, `${path}.maxUnavailable`),
    ...valueErrors(maxSurge, `${path}.maxSurge`),
  ];
  if (errors.length > 0 || maxUnavailable === undefined || ofOne(maxUnavailable, Math.floor) > 0)
    return errors;
  if (maxSurge === undefined) {
    const detail =
      'maxSurge is required for multi-node workloads when maxUnavailable is 0, otherwise no rolling update progress is possible';
    return worker === undefined ? [] : [required(`${path}.maxSurge`, detail, progressHint)];
  }
  return ofOne(maxSurge, Math.ceil) > 0
    ? []
    : [
        invalid(
          path,
          rolloutStrategy,
          'maxUnavailable and maxSurge cannot both be zero; this would prevent any rolling update progress',
          progressHint,
        ),
      ];
};

function valueErrors(value: CountOrPercent | undefined, path: string): FieldError[] {
  if (typeof value === 'number') {
    return value < 0 ? [invalid(path, value, 'must be greater than or equal to 0', valueHint)] : [];
  }
  if (value === undefined) return [];
  if (!/^[0-9]+%$/.test(value)) {
    const detail =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
    return [invalid(path, value, detail, valueHint)];
  }
  return Number(value.slice(0, -1)) > 100
    ? [invalid(path, value, 'must not be greater than 100%', valueHint)]
    : [];
}

/** What the value comes to for a single pod. */
function ofOne(value: CountOrPercent, round: (share: number) => number): number {
  return typeof value === 'number' ? value : round(Number(value.slice(0, -1)) / 100);
}

export const rolloutRules: readonly Rule[] = [onWorkloads(rolloutMakesProgress)];
