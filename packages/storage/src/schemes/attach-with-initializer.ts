import type { Container, EnvVar, PodSpec, VolumeMount } from '@weir/api/workloads';
import type { ResolvedAttachOptions } from './definition.ts';

/** Name of the init container; users may add a container of this name to change env, image or resources. */
export const initializerName = 'storage-initializer';
/** Volume that the initializer fills and the engine reads. */
export const provisionVolume = 'kserve-provision-location';

/** The pod with an init container that downloads the model into a volume shared with the engine. */
export function attachWithInitializer(
  pod: PodSpec,
  options: ResolvedAttachOptions,
  schemeEnv: readonly EnvVar[] = [],
): PodSpec {
  const all = pod.initContainers ?? [];
  const own = all.find(({ name }) => name === initializerName);
  const initializer = buildInitializer(own, options, schemeEnv);
  const mount = { name: provisionVolume, mountPath: options.path, readOnly: true };
  const volumes = [...(options.initializer.volumes ?? []), { name: provisionVolume, emptyDir: {} }];
  return {
    ...pod,
    containers: mountInto(pod.containers, options.container, mount),
    // Last: the initializer must not delay sidecars that it may need itself.
    initContainers: [...all.filter((container) => container !== own), initializer],
    volumes: withNamed(pod.volumes ?? [], volumes),
  };
}

/** A mounted model needs no download: the user's additions to the initializer are dropped with it. */
export function withoutInitializer(pod: PodSpec): PodSpec {
  if (pod.initContainers === undefined) return pod;
  return { ...pod, initContainers: pod.initContainers.filter(({ name }) => name !== initializerName) };
}

export function mountInto(containers: readonly Container[], name: string, mount: VolumeMount): Container[] {
  return containers.map((container) =>
    container.name === name
      ? { ...container, volumeMounts: withMount(container.volumeMounts ?? [], mount) }
      : container,
  );
}

/** Items of the same name are replaced, others are kept. */
export function withNamed<T extends { readonly name: string }>(items: readonly T[], more: readonly T[]): T[] {
  const names = new Set(more.map(({ name }) => name));
  return [...items.filter(({ name }) => !names.has(name)), ...more];
}

/** Name and arguments are ours; everything else that the user set wins. */
function buildInitializer(
  own: Container | undefined,
  { uri, path, initializer }: ResolvedAttachOptions,
  schemeEnv: readonly EnvVar[],
): Container {
  const { command: _, args: __, ...wishes } = own ?? { name: initializerName };
  const env = withNamed(withNamed(schemeEnv, initializer.env ?? []), own?.env ?? []);
  const mounts = [...(own?.volumeMounts ?? []), ...(initializer.volumeMounts ?? [])];
  return {
    image: initializer.image,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...(initializer.resources === undefined ? {} : { resources: initializer.resources }),
    ...wishes,
    name: initializerName,
    args: [uri, path],
    ...(env.length === 0 ? {} : { env }),
    volumeMounts: withMount(mounts, { name: provisionVolume, mountPath: path }),
  };
}

function withMount(mounts: readonly VolumeMount[], mount: VolumeMount): VolumeMount[] {
  return [...mounts.filter(({ mountPath }) => mountPath !== mount.mountPath), mount];
}
