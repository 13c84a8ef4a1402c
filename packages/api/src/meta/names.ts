import { md5Hex } from '@weir/core/hash';

const limit = 63;
const hashLength = 32;

/**
 * The name of a child object: parent + suffix, shortened with an MD5 where a Kubernetes name would be too long.
 * Same result as Knative's kmeta.ChildName (control-plane 18.1); lengths are bytes.
 */
export function childName(parent: string, suffix: string): string {
  if (parent.length + suffix.length <= limit) return parent + suffix;
  if (suffix.length < limit - hashLength) {
    return parent.slice(0, limit - hashLength - suffix.length) + md5Hex(parent) + suffix;
  }
  const head = parent.slice(0, limit - hashLength) + md5Hex(parent + suffix);
  return (head + suffix.slice(0, limit - head.length)).replace(/[^a-z0-9]+$/i, '');
}
