import { storageInitializerContainer } from '@weir/api/serving';
import type { Container, PodSpec } from '@weir/api/workloads';
import type { StorageInitializerConfig } from '../../config/platform-config.ts';
import type { PodTemplateStep } from '../pod-template.ts';

const modelFolder = '/mnt/models';
const provisionVolume = 'kserve-provision-location';

/** Brings the model into the pod: an init container that downloads it, or the claim that holds it. */
export const storage: PodTemplateStep = (template, { spec, platform, container }) => {
  const uri = spec.model?.uri ?? '';
  const attached = uri.startsWith('pvc://')
    ? attachClaim(template.spec, uri, container)
    : attachInitializer(template.spec, uri, container, platform.storageInitializer);
  return { ...template, spec: attached };
};

function attachClaim(pod: PodSpec, uri: string, container: string): PodSpec {
  const [claimName = '', ...path] = uri.slice('pvc://'.length).split('/');
  const subPath = path.join('/');
  const volume = { name: 'kserve-pvc-source', persistentVolumeClaim: { claimName, readOnly: true } };
  const mount = {
    name: volume.name,
    mountPath: modelFolder,
    readOnly: true,
    ...(subPath === '' ? {} : { subPath }),
  };
  const initContainers = (pod.initContainers ?? []).filter(
    ({ name }) => name !== storageInitializerContainer,
  );
  return {
    ...mountInto(pod, container, mount),
    ...(initContainers.length > 0 || pod.initContainers !== undefined ? { initContainers } : {}),
    volumes: [...(pod.volumes ?? []), volume],
  };
}

function attachInitializer(
  pod: PodSpec,
  uri: string,
  container: string,
  config: StorageInitializerConfig,
): PodSpec {
  const own = (pod.initContainers ?? []).find(({ name }) => name === storageInitializerContainer);
  const others = (pod.initContainers ?? []).filter(({ name }) => name !== storageInitializerContainer);
  const initializer: Container = {
    terminationMessagePolicy: 'FallbackToLogsOnError',
    resources: {
      requests: { cpu: config.cpuRequest, memory: config.memoryRequest },
      limits: { cpu: config.cpuLimit, memory: config.memoryLimit },
    },
    image: config.image,
    ...own,
    name: storageInitializerContainer,
    args: [uri, modelFolder],
    volumeMounts: [...(own?.volumeMounts ?? []), { name: provisionVolume, mountPath: modelFolder }],
  };
  return {
    ...mountInto(pod, container, { name: provisionVolume, mountPath: modelFolder, readOnly: true }),
    initContainers: [...others, initializer],
    volumes: [...(pod.volumes ?? []), { name: provisionVolume, emptyDir: {} }],
  };
}

function mountInto(
  pod: PodSpec,
  name: string,
  mount: NonNullable<Container['volumeMounts']>[number],
): PodSpec {
  return {
    ...pod,
    containers: pod.containers.map((container) =>
      container.name === name
        ? { ...container, volumeMounts: [...(container.volumeMounts ?? []), mount] }
        : container,
    ),
  };
}
