import { mergeNodeOf, strategicMerge } from '@weir/api/meta';
import type { Container, EnvVar, PodSpec, Volume, VolumeMount } from '@weir/api/workloads';
import type { Artifact, ResolvedAttachOptions } from './definition.ts';
import { mountInto, withMounts, withNamed, withVolumes } from './pod-lists.ts';

/** Name of the init container; users may add a container of this name to change env, image or resources. */
export const initializerName = 'storage-initializer';
/** Volume that the initializer fills and the engine reads. */
export const provisionVolume = 'kserve-provision-location';
/** Where engines look for the model. */
export const modelPath = '/mnt/models';

/** The pod with an init container that downloads everything into a volume shared with the engine. */
export function attachWithInitializer(
  pod: PodSpec,
  artifacts: readonly Artifact[],
  options: ResolvedAttachOptions,
  schemeEnv: readonly EnvVar[],
): PodSpec {
  const all = pod.initContainers ?? [];
  const own = all.find(({ name }) => name === initializerName);
  const initializer = buildInitializer(own, artifacts, options, schemeEnv);
  const volumes: Volume[] = [...(options.initializer.volumes ?? []), { name: provisionVolume, emptyDir: {} }];
  const read = provisionMounts(artifacts).map((mount) => ({ ...mount, readOnly: true }));
  return {
    ...pod,
    containers: mountInto(pod.containers, options.container, read),
    // Last: the initializer must not delay sidecars that it may need itself.
    initContainers: [...all.filter((container) => container !== own), initializer],
    volumes: withVolumes(pod.volumes, volumes),
  };
}

/** A mounted model needs no download: the user's additions to the initializer are dropped with it. */
export function withoutInitializer(pod: PodSpec): PodSpec {
  if (pod.initContainers === undefined) return pod;
  return { ...pod, initContainers: pod.initContainers.filter(({ name }) => name !== initializerName) };
}

/**
 * The model alone gets the whole volume. Several artifacts get a folder of it each and are mounted one by one, so that
 * other volumes can lie between them: nothing can be mounted under a common, read-only parent.
 */
function provisionMounts(artifacts: readonly Artifact[]): VolumeMount[] {
  const [first] = artifacts;
  if (first !== undefined && isModelAlone(artifacts)) {
    return [{ name: provisionVolume, mountPath: first.path }];
  }
  return artifacts.map(({ path }) => ({
    name: provisionVolume,
    mountPath: path,
    subPath: path.replace(/^\/(mnt\/)?/, ''),
  }));
}

function isModelAlone([first, ...others]: readonly Artifact[]): boolean {
  return others.length === 0 && first !== undefined && first.adapter === undefined;
}

/** The user's own container is merged over ours; name and arguments stay ours. */
function buildInitializer(
  own: Container | undefined,
  artifacts: readonly Artifact[],
  { initializer }: ResolvedAttachOptions,
  schemeEnv: readonly EnvVar[],
): Container {
  // Wherever a model alone is read, it is downloaded to the same path.
  const targets = isModelAlone(artifacts) ? artifacts.map((one) => ({ ...one, path: modelPath })) : artifacts;
  const { command: _, args: __, env: ownEnv = [], ...wishes } = own ?? { name: initializerName };
  // Variables are replaced rather than merged: one with a value and a source would be refused.
  const env = withNamed(withNamed(schemeEnv, initializer.env ?? []), ownEnv);
  const base: Container = {
    name: initializerName,
    image: initializer.live?.image ?? initializer.image,
    args: targets.flatMap(({ uri, path }) => [uri, path]),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    ...(initializer.resources === undefined ? {} : { resources: initializer.resources }),
    ...(env.length === 0 ? {} : { env }),
    volumeMounts: [...(initializer.volumeMounts ?? [])],
  };
  const merged = strategicMerge(base, wishes, mergeNodeOf('io.k8s.api.core.v1.Container')) as Container;
  return { ...merged, volumeMounts: withMounts(merged.volumeMounts ?? [], provisionMounts(targets)) };
}
