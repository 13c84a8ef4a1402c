import { type MergeField, type MergeNode, mergeNodeOf } from '@weir/api/meta';
import type { AppliedConfig, LLMInferenceServiceSpec } from '@weir/api/serving';

/** One spec of a composition, lowest first; the service's own comes last. */
export interface Layer extends Omit<AppliedConfig, 'source'> {
  readonly source: AppliedConfig['source'] | 'Service';
  readonly spec: LLMInferenceServiceSpec;
}

/** `Preset:kserve/kserve-config-llm-template`, as conditions and commands name a layer. */
export function layerText({ source, namespace, name }: Omit<Layer, 'spec'>): string {
  return `${source}:${namespace}/${name}`;
}

/** Only pod specs have lists that merge by key; every other list of the spec is replaced as a whole. */
const podSpec: MergeField = nodeField(mergeNodeOf('io.k8s.api.core.v1.PodSpec'));
const workload = { template: podSpec, worker: podSpec };

export const specMergeNode: MergeNode = {
  fields: {
    ...workload,
    prefill: nodeField({ fields: workload }),
    router: nodeField({
      fields: {
        scheduler: nodeField({
          fields: { template: podSpec, tokenizer: nodeField({ fields: { template: podSpec } }) },
        }),
      },
    }),
  },
};

/** Where a spec has pod specs. */
export const podSpecPaths: readonly (readonly string[])[] = [
  ['template'],
  ['worker'],
  ['prefill', 'template'],
  ['prefill', 'worker'],
  ['router', 'scheduler', 'template'],
  ['router', 'scheduler', 'tokenizer', 'template'],
];

function nodeField(node: MergeNode | undefined): MergeField {
  return node === undefined ? {} : { node };
}
