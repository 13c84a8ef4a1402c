import { parseQuantity } from '@weir/api/meta';
import type { FileSystemTier } from '@weir/api/serving';
import type { Container, PodSpec, Volume, VolumeMount } from '@weir/api/workloads';
import type { PodTemplateStep } from '../pod-template.ts';

interface Tier {
  readonly index: number;
  readonly fileSystem: FileSystemTier;
}

/** The file-system tiers of the KV cache: a volume each, and disk requested for those that live on the node. */
export const kvCache: PodTemplateStep = (template, { workload, container }) => {
  const tiers = (workload.spec.kvCacheOffloading?.secondary ?? []).flatMap(({ fileSystem }, index) =>
    fileSystem === undefined ? [] : [{ index, fileSystem }],
  );
  if (tiers.length === 0) return template;
  const { containers, volumes = [] } = template.spec;
  return {
    ...template,
    spec: {
      ...template.spec,
      containers: containers.map((one) => (one.name === container ? withTiers(one, tiers) : one)),
      volumes: [...volumes, ...tiers.map(volumeOf)] as NonNullable<PodSpec['volumes']>,
    },
  };
};

function volumeOf({ index, fileSystem: { emptyDir, pvc } }: Tier): Volume {
  const name = volumeName(index);
  if (emptyDir !== undefined) return { name, emptyDir: { sizeLimit: String(emptyDir.size) } };
  if (pvc?.ref !== undefined) return { name, persistentVolumeClaim: { claimName: pvc.ref.name } };
  return { name, ephemeral: { volumeClaimTemplate: { spec: pvc?.spec ?? {} } } };
}

function withTiers(container: Container, tiers: readonly Tier[]): Container {
  const mounts = tiers.map(({ index, fileSystem }): VolumeMount => {
    const path = fileSystem.pvc?.ref?.path ?? '';
    const mount = { name: volumeName(index), mountPath: `/mnt/kv-cache-${index}` };
    return path === '' ? mount : { ...mount, subPath: path };
  });
  const onNode = tiers.flatMap(({ fileSystem: { emptyDir } }) =>
    emptyDir === undefined ? [] : [emptyDir.size],
  );
  return {
    ...container,
    volumeMounts: [...(container.volumeMounts ?? []), ...mounts],
    ...(onNode.length === 0 ? {} : { resources: withDisk(container, onNode) }),
  };
}

/** The node's disk holds the tiers besides what the container asked for. */
function withDisk(
  { resources }: Container,
  sizes: readonly (number | string)[],
): Container['resources'] & object {
  const key = 'ephemeral-storage';
  const { requests = {}, limits = {} } = resources ?? {};
  const ofContainer = (quantity: number | string | undefined) => (quantity === undefined ? [] : [quantity]);
  return {
    ...resources,
    requests: { ...requests, [key]: sum(...ofContainer(requests[key]), ...sizes) },
    // A limit below the request would be refused.
    ...(limits[key] === undefined ? {} : { limits: { ...limits, [key]: sum(limits[key], ...sizes) } }),
  };
}

const units = ['E', 'P', 'T', 'G', 'M', 'k'] as const;

/** Written as Kubernetes does: in the largest unit that holds it whole, binary where the first quantity is. */
function sum(...quantities: readonly (number | string)[]): string {
  const [first = 0] = quantities;
  if (quantities.length === 1) return String(first);
  const total = quantities.reduce<number>((subtotal, one) => subtotal + (parseQuantity(one) ?? 0), 0);
  const isBinary = String(first).endsWith('i');
  for (const [index, unit] of units.entries()) {
    const size = (isBinary ? 1024 : 1000) ** (units.length - index);
    if (total >= size && total % size === 0)
      return `${total / size}${isBinary ? `${unit.toUpperCase()}i` : unit}`;
  }
  return String(total);
}

function volumeName(index: number): string {
  return `kv-cache-secondary-${index}`;
}
