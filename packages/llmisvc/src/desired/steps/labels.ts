import { inheritedAnnotations, inheritedLabels, podAnnotations } from '../metadata.ts';
import type { PodTemplateStep } from '../pod-template.ts';

/** Labels and annotations of the pods: what the service hands down, the workload's own over it, the fixed ones on top. */
export const labels: PodTemplateStep = (template, { service, workload, labels: fixed }) => {
  const { spec, isMultiNode } = workload;
  const annotations = {
    ...inheritedAnnotations(service, isMultiNode),
    ...podAnnotations(spec.annotations),
  };
  return {
    ...template,
    metadata: {
      labels: { ...inheritedLabels(service), ...spec.labels, ...fixed },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  };
};
