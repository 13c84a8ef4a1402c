import type { Container, Volume, VolumeMount } from '@weir/api/workloads';

export function mountInto(
  containers: readonly Container[],
  name: string,
  mounts: readonly VolumeMount[],
): Container[] {
  return changeNamed(containers, name, (container) => ({
    ...container,
    volumeMounts: withMounts(container.volumeMounts ?? [], mounts),
  }));
}

/** One item changed, the others as they are. */
export function changeNamed<T extends { readonly name: string }>(
  items: readonly T[],
  name: string,
  change: (item: T) => T,
): T[] {
  return items.map((item) => (item.name === name ? change(item) : item));
}

/** Items of the same name are replaced, others are kept. */
export function withNamed<T extends { readonly name: string }>(items: readonly T[], more: readonly T[]): T[] {
  const names = new Set(more.map(({ name }) => name));
  return [...items.filter(({ name }) => !names.has(name)), ...more];
}

/** A volume that the user made under one of our names, such as a larger disk to download to, stays his. */
export function withVolumes(volumes: readonly Volume[] | undefined, more: readonly Volume[]): Volume[] {
  const names = new Set((volumes ?? []).map(({ name }) => name));
  return [...(volumes ?? []), ...more.filter(({ name }) => !names.has(name))];
}

/** Mounts at the same path are replaced, others are kept. */
export function withMounts(mounts: readonly VolumeMount[], more: readonly VolumeMount[]): VolumeMount[] {
  const paths = new Set(more.map(({ mountPath }) => mountPath));
  return [...mounts.filter(({ mountPath }) => !paths.has(mountPath)), ...more];
}
