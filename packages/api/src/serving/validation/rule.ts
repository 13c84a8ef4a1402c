import type { FieldError, ObjectMeta } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec, WorkloadSpec } from '../types.ts';

/** What the rules look at: a service as typed, or the spec that its layers were merged to. */
export interface Subject {
  readonly spec: LLMInferenceServiceSpec;
  readonly metadata: ObjectMeta;
  /** What the user wrote; the spec itself always has the stored version. */
  readonly version: string;
  /** The spec before an update. */
  readonly oldSpec: LLMInferenceServiceSpec | null;
}

/** A named pure check, with the text and paths of KServe. */
export type Rule = (subject: Subject) => readonly FieldError[];

/** The same for one workload; `path` is where it stands. */
export type WorkloadRule = (workload: WorkloadSpec, path: string) => readonly FieldError[];

/** What a check of our own found: an error when it cannot run for certain, else a warning. */
export interface Finding {
  readonly level: 'error' | 'warning';
  readonly error: FieldError;
}

export type Check = (subject: Subject) => readonly Finding[];
export type WorkloadCheck = (workload: WorkloadSpec, path: string, subject: Subject) => readonly Finding[];

export interface PlacedWorkload {
  readonly workload: WorkloadSpec;
  readonly path: string;
}

/** The spec itself and its prefill. */
export function workloadsOf(spec: LLMInferenceServiceSpec): readonly PlacedWorkload[] {
  const main = { workload: spec, path: 'spec' };
  return spec.prefill === undefined ? [main] : [main, { workload: spec.prefill, path: 'spec.prefill' }];
}

export function onWorkloads(rule: WorkloadRule): Rule {
  return ({ spec }) => workloadsOf(spec).flatMap(({ workload, path }) => rule(workload, path));
}

export function onWorkloadsCheck(check: WorkloadCheck): Check {
  return (subject) =>
    workloadsOf(subject.spec).flatMap(({ workload, path }) => check(workload, path, subject));
}

export function refuse(error: FieldError): Finding {
  return { level: 'error', error };
}

export function warn(path: string, detail: string): Finding {
  return { level: 'warning', error: { type: 'Invalid', path, detail } };
}

/** A layer below may still change what a service that has baseRefs typed. */
export function isComplete({ spec }: Subject): boolean {
  return (spec.baseRefs ?? []).length === 0;
}

/** A text whose value only composition knows. */
export function isTemplate(text: string): boolean {
  return text.includes('{{');
}

export function hasItems(items: readonly unknown[] | undefined): boolean {
  return items !== undefined && items.length > 0;
}
