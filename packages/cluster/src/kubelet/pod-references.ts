import type { KubeObject } from '@weir/api/meta';
import type { Container, Pod, Volume } from '@weir/api/workloads';
import { allContainers } from './pod-state.ts';

/** Whether the pod uses this Secret or ConfigMap, in a volume or in a container's environment. */
export function refersTo(pod: Pod, kind: 'secret' | 'configmap', object: KubeObject): boolean {
  if (pod.metadata.namespace !== object.metadata.namespace || pod.spec === undefined) return false;
  const names = [
    ...(pod.spec.volumes ?? []).flatMap((volume) => namesInVolume(volume, kind)),
    ...allContainers(pod.spec).flatMap((container) => namesInEnvironment(container, kind)),
  ];
  return names.includes(object.metadata.name);
}

function namesInVolume(volume: Volume, kind: 'secret' | 'configmap'): (string | undefined)[] {
  return [
    kind === 'secret' ? volume.secret?.secretName : volume.configMap?.name,
    ...(volume.projected?.sources ?? []).map((source) =>
      kind === 'secret' ? source.secret?.name : source.configMap?.name,
    ),
  ];
}

function namesInEnvironment(container: Container, kind: 'secret' | 'configmap'): (string | undefined)[] {
  return [
    ...(container.env ?? []).map(({ valueFrom }) =>
      kind === 'secret' ? valueFrom?.secretKeyRef?.name : valueFrom?.configMapKeyRef?.name,
    ),
    ...(container.envFrom ?? []).map((from) =>
      kind === 'secret' ? from.secretRef?.name : from.configMapRef?.name,
    ),
  ];
}
