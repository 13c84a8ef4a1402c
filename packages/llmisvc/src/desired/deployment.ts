import { type KubeObject, resources } from '@weir/api/meta';
import { poolMemberLabel, roleLabel } from '@weir/api/serving';
import type { Deployment } from '@weir/api/workloads';
import type { DesiredInput } from './input.ts';
import { childMetadata, componentLabels, inheritedAnnotations, inheritedLabels } from './metadata.ts';
import { podLabels, selectorOf } from './pod-labels.ts';
import { buildPodTemplate } from './pod-template.ts';
import { replicasOf } from './replicas.ts';
import type { Workload } from './topology.ts';

/** Single pods, each a whole engine. */
export function buildDeployment(input: DesiredInput, workload: Workload): KubeObject {
  const { service } = input;
  const fixed = { ...componentLabels(service, workload.components[0]), [poolMemberLabel]: 'workload' };
  const labels = podLabels(service, { ...fixed, [roleLabel]: workload.podRole }, workload.spec.labels);
  const { rolloutStrategy } = workload.spec;
  const isTyped = rolloutStrategy?.maxUnavailable !== undefined || rolloutStrategy?.maxSurge !== undefined;
  const deployment: Deployment = {
    apiVersion: 'apps/v1',
    kind: resources.deployments.kind,
    metadata: childMetadata(
      service,
      workload.name,
      { ...inheritedLabels(service), ...fixed, [roleLabel]: workload.podRole },
      inheritedAnnotations(service),
    ),
    spec: {
      ...replicasOf(input, workload),
      // The role is left out: it changes when prefill pods are split off, and selectors cannot change.
      selector: { matchLabels: selectorOf(labels, Object.keys(fixed)) },
      ...(isTyped ? { strategy: { type: 'RollingUpdate', rollingUpdate: rolloutStrategy } } : {}),
      template: buildPodTemplate(input, { workload, template: workload.spec.template ?? {}, labels }),
    },
  };
  return deployment;
}
