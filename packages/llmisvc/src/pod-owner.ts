import type { KubeObject } from '@weir/api/meta';
import { nameLabel } from '@weir/api/serving';

/** Names the service on pods whose other labels are the user's own, such as those that join the pool of another service. */
export const podOwnerLabel = 'weir.dev/service';

/** The service that a pod belongs to. */
export function podOwner({ metadata: { labels } }: Pick<KubeObject, 'metadata'>): string | undefined {
  return labels?.[podOwnerLabel] ?? labels?.[nameLabel];
}
