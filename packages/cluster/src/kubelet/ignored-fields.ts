import type { PodSpec } from '@weir/api/workloads';

/**
 * Fields of a pod that change nothing on this node although the pod runs. Security contexts and node constraints are
 * not among them: they are reported once, on the object that the pod was made for. Pure.
 */
export function ignoredFields(spec: PodSpec): string[] {
  const ofPod = (
    ['hostAliases', 'dnsConfig', 'runtimeClassName', 'resourceClaims', 'ephemeralContainers'] as const
  )
    .filter((field) => !isEmpty(spec[field]))
    .map((field) => `spec.${field}`);
  const lists = { initContainers: spec.initContainers ?? [], containers: spec.containers };
  const ofContainers = Object.entries(lists).flatMap(([list, containers]) =>
    containers.flatMap(({ name, stdin, tty, ports }) => {
      const path = `spec.${list}[${name}]`;
      const hasHostPort = spec.hostNetwork !== true && ports?.some(({ hostPort }) => hostPort !== undefined);
      return [
        ...(stdin === true ? [`${path}.stdin`] : []),
        ...(tty === true ? [`${path}.tty`] : []),
        ...(hasHostPort === true ? [`${path}.ports[].hostPort`] : []),
      ];
    }),
  );
  return [...ofPod, ...ofContainers];
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}
