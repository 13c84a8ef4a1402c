import { conditionReasons } from '@weir/api/serving';
import type { ComposedStatusInput } from './input.ts';
import { isFalse, type Verdict } from './verdict.ts';

/**
 * What the platform's choice of image volumes means in this version of Kubernetes; nothing where it works. Every
 * service says so, whatever its model is made of: it is about the platform.
 */
export function imageVolumeVerdict({ platform }: Pick<ComposedStatusInput, 'platform'>): Verdict | undefined {
  const { kubernetesMinor: minor, storage } = platform;
  if (storage.oci?.mode !== 'native' || minor === undefined || minor >= 35) return undefined;
  const found = `ociModelMode native needs image volumes, and Kubernetes 1.${minor}`;
  if (minor < 31) {
    return isFalse(
      conditionReasons.imageVolumeUnsupported,
      `${found} has none — set ociModelMode to modelcar`,
    );
  }
  if (minor < 33) {
    const message = `${found} cannot mount a path inside of them — set ociModelMode to modelcar`;
    return isFalse(conditionReasons.imageVolumeSubPathUnsupported, message);
  }
  const message = `${found} has them behind the feature gate ImageVolume — enable it, or set ociModelMode to modelcar`;
  return isFalse(conditionReasons.imageVolumeAlpha, message);
}
