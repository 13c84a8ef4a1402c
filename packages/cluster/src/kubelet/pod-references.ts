import type { Container, Pod, Volume } from '@weir/api/workloads';
import { allContainers } from './pod-state.ts';

export type ReferencedKind = 'secret' | 'configmap';

/** Names of the Secrets or ConfigMaps that the pod uses, in a volume or in a container's environment. */
export function namesReferredTo({ spec }: Pod, kind: ReferencedKind): ReadonlySet<string> {
  const names = [
    ...(spec?.volumes ?? []).flatMap((volume) => namesInVolume(volume, kind)),
    ...(spec === undefined ? [] : allContainers(spec)).flatMap((container) =>
      namesInEnvironment(container, kind),
    ),
  ];
  return new Set(names.filter((name) => name !== undefined));
}

function namesInVolume(volume: Volume, kind: ReferencedKind): (string | undefined)[] {
  return [
    kind === 'secret' ? volume.secret?.secretName : volume.configMap?.name,
    ...(volume.projected?.sources ?? []).map((source) =>
      kind === 'secret' ? source.secret?.name : source.configMap?.name,
    ),
  ];
}

function namesInEnvironment(container: Container, kind: ReferencedKind): (string | undefined)[] {
  return [
    ...(container.env ?? []).map(({ valueFrom }) =>
      kind === 'secret' ? valueFrom?.secretKeyRef?.name : valueFrom?.configMapKeyRef?.name,
    ),
    ...(container.envFrom ?? []).map((from) =>
      kind === 'secret' ? from.secretRef?.name : from.configMapRef?.name,
    ),
  ];
}
