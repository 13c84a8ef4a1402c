import type { ObjectMeta } from '@weir/api/meta';
import { mainContainer, type PartialPodSpec } from '@weir/api/serving';
import type { PodSpec } from '@weir/api/workloads';
import type { DesiredInput } from './input.ts';
import { account } from './steps/account.ts';
import { deviceClaim } from './steps/device-claim.ts';
import { devices } from './steps/devices.ts';
import { kvCache } from './steps/kv-cache.ts';
import { labels } from './steps/labels.ts';
import { lora } from './steps/lora.ts';
import { storage } from './steps/storage.ts';
import { tracing } from './steps/tracing.ts';
import type { Workload } from './topology.ts';

export interface PodTemplate {
  metadata: ObjectMeta;
  spec: PodSpec;
}

export interface PodTemplateContext extends DesiredInput {
  readonly workload: Workload;
  /** Labels that selectors rely on; nothing further overrides them. */
  readonly labels: Readonly<Record<string, string>>;
  /** The container that needs the model. */
  readonly container: string;
}

/** Adds one feature to the pods of a workload. Never changes its argument. */
export type PodTemplateStep = (template: PodTemplate, context: PodTemplateContext) => PodTemplate;

const steps: readonly PodTemplateStep[] = [
  devices,
  account,
  deviceClaim,
  storage,
  lora,
  kvCache,
  tracing,
  labels,
];

/** The pods of an engine workload: one merged template of it with every feature added, in order. */
export function buildPodTemplate(
  input: DesiredInput,
  options: Pick<PodTemplateContext, 'workload' | 'labels'> & { readonly template: PartialPodSpec },
): PodTemplate {
  const { template, workload, labels } = options;
  const { containers = [], ...rest } = template;
  const start: PodTemplate = { metadata: {}, spec: { containers, ...rest } };
  const context = { ...input, workload, labels, container: mainContainer };
  return steps.reduce((built, step) => step(built, context), start);
}
