import type { Container } from '../../../workloads/index.ts';
import type { LLMInferenceServiceSpec, PartialPodSpec } from '../../types.ts';
import { workloadsOf } from '../rule.ts';

export interface PlacedPod {
  readonly pod: PartialPodSpec;
  readonly path: string;
}

/** Every pod that a spec describes. */
export function podsOf(spec: LLMInferenceServiceSpec): readonly PlacedPod[] {
  const { template, tokenizer } = spec.router?.scheduler ?? {};
  const pods = workloadsOf(spec).flatMap(({ workload, path }) => [
    { pod: workload.template, path: `${path}.template` },
    { pod: workload.worker, path: `${path}.worker` },
  ]);
  return [
    ...pods,
    { pod: template, path: 'spec.router.scheduler.template' },
    { pod: tokenizer?.template, path: 'spec.router.scheduler.tokenizer.template' },
  ].flatMap(({ pod, path }) => (pod === undefined ? [] : [{ pod, path }]));
}

/** The containers of a pod with their paths, init containers included. */
export function containersOf({ pod, path }: PlacedPod): readonly {
  readonly container: Container;
  readonly path: string;
}[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (pod[list] ?? []).map((container, index) => ({ container, path: `${path}.${list}[${index}]` })),
  );
}
