import type { ObjectMeta } from '@weir/api/meta';
import type { PodSpec } from '@weir/api/workloads';
import type { DesiredInput } from './input.ts';
import { devices } from './steps/devices.ts';
import { labels } from './steps/labels.ts';
import { storage } from './steps/storage.ts';

interface PodTemplate {
  metadata: ObjectMeta;
  spec: PodSpec;
}

interface PodTemplateContext extends DesiredInput {
  /** Labels that selectors rely on; nothing may override them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The container that needs the model. */
  readonly container: string;
}

/** Adds one feature to the pods of a workload. Never changes its argument. */
export type PodTemplateStep = (template: PodTemplate, context: PodTemplateContext) => PodTemplate;

const steps: readonly PodTemplateStep[] = [devices, storage, labels];

/** The pods of an engine workload: the merged template with every feature added, in order. */
export function buildPodTemplate(
  input: DesiredInput,
  options: Pick<PodTemplateContext, 'labels' | 'container'>,
): PodTemplate {
  const { containers = [], ...rest } = input.spec.template ?? {};
  const start: PodTemplate = { metadata: {}, spec: { containers, ...rest } };
  return steps.reduce((template, step) => step(template, { ...input, ...options }), start);
}
