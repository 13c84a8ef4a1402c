import { childName } from '@weir/api/meta';
import { childSuffixes, routingSidecarContainer } from '@weir/api/serving';
import type { Container } from '@weir/api/workloads';
import { podAccount } from '../accounts.ts';
import { nameOf } from '../metadata.ts';
import type { PodTemplateContext, PodTemplateStep } from '../pod-template.ts';

/** Who the pods are, and which pool their routing sidecar asks about. */
export const account: PodTemplateStep = (template, context) => {
  const { name } = podAccount(context.service, context.workload);
  const { initContainers } = template.spec;
  return {
    ...template,
    spec: {
      ...template.spec,
      ...(name === undefined ? {} : { serviceAccountName: name }),
      ...(initContainers === undefined || context.spec.router === undefined
        ? {}
        : { initContainers: initContainers.map((container) => withPoolName(container, context)) }),
    },
  };
};

function withPoolName(container: Container, { service, spec }: PodTemplateContext): Container {
  const isSidecar = container.name === routingSidecarContainer;
  if (!isSidecar || container.env?.some(({ name }) => name === 'INFERENCE_POOL_NAME')) return container;
  const value = spec.router?.scheduler?.pool?.ref?.name ?? childName(nameOf(service), childSuffixes.pool);
  return { ...container, env: [...(container.env ?? []), { name: 'INFERENCE_POOL_NAME', value }] };
}
