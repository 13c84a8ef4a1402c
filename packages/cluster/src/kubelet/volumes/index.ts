import type { Volume } from '@weir/api/workloads';
import { type MountedVolume, type VolumeContext, VolumeError } from './contracts.ts';
import { mountClaim, mountEmptyDir, mountHostPath } from './folders.ts';
import { mountContent, type TokenClock } from './projected.ts';

export { type MountedVolume, type VolumeContext, VolumeError } from './contracts.ts';
export { removeMemoryVolumes, removeVolumes } from './folders.ts';
export { removeAbandonedMemory } from './memory.ts';

/** The volumes of one pod. */
export class PodVolumes {
  readonly #clock: TokenClock = new Map();
  readonly #mounted = new Map<string, MountedVolume>();

  get(name: string): MountedVolume | undefined {
    return this.#mounted.get(name);
  }

  /** Earliest time at which `refresh` must be called again; null: never. */
  get refreshAtMs(): number | null {
    const times = [...this.#mounted.values()].flatMap(({ refreshAtMs }) => refreshAtMs ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  /** Makes or updates every volume; rejects with a `VolumeError` that names the volume and what is missing. */
  async refresh(volumes: readonly Volume[], context: VolumeContext): Promise<void> {
    for (const volume of volumes) {
      try {
        this.#mounted.set(volume.name, await this.#mount(volume, context));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${reason}`);
      }
    }
  }

  #mount(volume: Volume, context: VolumeContext): Promise<MountedVolume> {
    if (volume.emptyDir !== undefined) return mountEmptyDir(volume, context);
    if (volume.hostPath !== undefined) return mountHostPath(volume, context);
    if (volume.persistentVolumeClaim !== undefined) return mountClaim(volume, context);
    if (volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected)
      return mountContent(volume, context, this.#clock);
    const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'without a source';
    throw new VolumeError(
      `volumes of kind ${kind} are not supported on this node — use emptyDir, configMap, secret, projected, downwardAPI, persistentVolumeClaim or hostPath`,
    );
  }
}
