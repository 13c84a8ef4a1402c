import { resources } from '@weir/api/meta';
import { componentLabel, components, conditionReasons, enginePort, podOwnerLabel } from '@weir/api/serving';
import type { Part } from './input.ts';
import { childMetadata, childOf, componentLabels, podAnnotations, workloadSelector } from './metadata.ts';
import { podLabels } from './pod-labels.ts';
import { type Workload, workloadsOf } from './topology.ts';

/** The Service in front of the main engine pods, for requests that need no picking. */
export const workloadService: Part = ({ service, spec, platform }) => {
  const [main, prefill] = workloadsOf(service, spec);
  // Prefill pods take no requests from clients; they are members of the pool all the same.
  const component = { [componentLabel]: targetComponent(main) };
  const narrowed = prefill === undefined ? {} : component;
  const target = workloadSelector(service);
  const labels = podLabels(service, { ...target, ...component }, spec.labels);
  const isElsewhere = podOwnerLabel in labels;
  const protocol = platform.enableTLS ? 'https' : 'http';
  const object = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: childMetadata(
      service,
      childOf(service, 'workloadService'),
      { ...spec.labels, ...componentLabels(service, components.workload) },
      podAnnotations(spec.annotations),
    ),
    spec: {
      type: 'ClusterIP',
      selector: isElsewhere ? labels : { ...target, ...narrowed },
      ports: [
        { name: protocol, appProtocol: protocol, protocol: 'TCP', port: enginePort, targetPort: enginePort },
      ],
    },
  };
  return {
    failure: {
      condition: main.condition,
      reason: conditionReasons.reconcileWorkloadServiceError,
    },
    apply: [{ kind: resources.services, object }],
  };
};

/** A group without a template for its leader has workers only, the first of which leads. */
function targetComponent({ components: [first, second = first], isMultiNode, spec }: Workload): string {
  return isMultiNode && spec.template === undefined ? second : first;
}
