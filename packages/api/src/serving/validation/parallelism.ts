import { type FieldError, invalid } from '../../meta/index.ts';
import type { ParallelismSpec, WorkloadSpec } from '../types.ts';
import { onWorkloads, type Rule, type WorkloadRule } from './rule.ts';

export function isDataParallel({ data = 0, dataLocal = 0 }: ParallelismSpec): boolean {
  return data > 0 || dataLocal > 0;
}

export function isPipelineParallel({ pipeline = 0 }: ParallelismSpec): boolean {
  return pipeline > 0;
}

/** Pods of one replica. Data parallelism decides before pipeline parallelism does. */
export function podsPerReplica(parallelism: ParallelismSpec = {}): number {
  const { data = 1, dataLocal = 1, pipeline = 1 } = parallelism;
  if (isDataParallel(parallelism)) {
    return Math.max(1, Math.trunc(Math.max(data, 1) / Math.max(dataLocal, 1)));
  }
  return isPipelineParallel(parallelism) ? pipeline : 1;
}

const workerNeedsParallelism: WorkloadRule = ({ worker, parallelism }, path) => {
  if (worker === undefined) return [];
  if (parallelism !== undefined && (isDataParallel(parallelism) || isPipelineParallel(parallelism)))
    return [];
  const detail =
    'when worker is specified, parallelism must be configured for either data parallelism or pipeline parallelism';
  const hint = `set ${path}.parallelism.pipeline, or data and dataLocal (pipeline: 1 spreads tensor over pods)`;
  return [{ type: 'Invalid', path: `${path}.worker`, detail, hint }];
};

const pipelineExcludesData: WorkloadRule = ({ parallelism = {} }, path) =>
  isPipelineParallel(parallelism) && isDataParallel(parallelism)
    ? [
        invalid(
          `${path}.parallelism`,
          parallelism,
          'cannot set both pipeline parallelism and data parallelism (data or dataLocal) simultaneously',
          'keep pipeline, or data and dataLocal',
        ),
      ]
    : [];

const dataAndDataLocalStandTogether: WorkloadRule = ({ parallelism = {} }, path) => {
  const { data, dataLocal } = parallelism;
  if ((data === undefined) === (dataLocal === undefined)) return [];
  return data === undefined ? [missing('data', 'dataLocal', path)] : [missing('dataLocal', 'data', path)];
};

function missing(field: string, other: string, path: string): FieldError {
  const detail = `${field} must be set when ${other} is set`;
  return invalid(`${path}.parallelism.${field}`, null, detail, 'set both: data in all, dataLocal per pod');
}

const sizesArePositive: WorkloadRule = ({ parallelism = {} }, path) =>
  (['pipeline', 'data', 'dataLocal'] as const).flatMap((field) => {
    const value = parallelism[field];
    if (value === undefined || value > 0) return [];
    const detail = `${field} parallelism must be greater than 0`;
    return [invalid(`${path}.parallelism.${field}`, value, detail, 'set it to 1 or more, or remove it')];
  });

export const parallelismRules: readonly Rule[] = [
  onWorkloads((workload, path) =>
    [workerNeedsParallelism, pipelineExcludesData, dataAndDataLocalStandTogether, sizesArePositive].flatMap(
      (rule) => rule(workload, path),
    ),
  ),
];

/** The number of pods of a group cannot change while it runs. */
const podsPerReplicaStay: Rule = ({ spec, oldSpec }) => {
  if (oldSpec === null) return [];
  const errors = sizeChange(oldSpec, spec, 'spec');
  return spec.prefill === undefined || oldSpec.prefill === undefined
    ? errors
    : [...errors, ...sizeChange(oldSpec.prefill, spec.prefill, 'spec.prefill')];
};

function sizeChange(before: WorkloadSpec, after: WorkloadSpec, path: string): FieldError[] {
  const was = podsPerReplica(before.parallelism);
  const is = podsPerReplica(after.parallelism);
  if (was === is) return [];
  const detail = `total parallelism size is immutable, previous size ${was}, curr size ${is}`;
  const hint = 'delete the service and create it anew, or create a second one beside it';
  return [{ type: 'NotSupported', path: `${path}.parallelism`, value: is, detail, hint }];
}

export const immutableRules: readonly Rule[] = [podsPerReplicaStay];
