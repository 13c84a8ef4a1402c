import type { Container } from '@weir/api/workloads';
import type { PodTemplateStep } from '../pod-template.ts';

/** A device asked for without a limit gets the same limit: API servers refuse one without the other. */
export const devices: PodTemplateStep = (template) => ({
  ...template,
  spec: { ...template.spec, containers: template.spec.containers.map(withDeviceLimits) },
});

function withDeviceLimits(container: Container): Container {
  const { requests = {}, limits = {} } = container.resources ?? {};
  const missing = Object.entries(requests).filter(([name]) => isDevice(name) && !(name in limits));
  if (missing.length === 0) return container;
  return {
    ...container,
    resources: { ...container.resources, limits: { ...limits, ...Object.fromEntries(missing) } },
  };
}

/** Extended resources are named under a domain, such as `nvidia.com/gpu`. */
function isDevice(name: string): boolean {
  return name.includes('/') && !name.startsWith('kubernetes.io/');
}
