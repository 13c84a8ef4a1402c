import { resources } from '@weir/api/meta';
import { components, conditionReasons, conditionTypes, enginePort } from '@weir/api/serving';
import type { Part } from './input.ts';
import { childMetadata, childOf, componentLabels, podAnnotations, workloadSelector } from './metadata.ts';

/** The Service in front of all engine pods, for requests that need no picking. */
export const workloadService: Part = ({ service, spec, platform }) => {
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
      selector: workloadSelector(service),
      ports: [
        { name: protocol, appProtocol: protocol, protocol: 'TCP', port: enginePort, targetPort: enginePort },
      ],
    },
  };
  return {
    failure: {
      condition: conditionTypes.mainWorkloadReady,
      reason: conditionReasons.reconcileWorkloadServiceError,
    },
    apply: [{ kind: resources.services, object }],
  };
};
