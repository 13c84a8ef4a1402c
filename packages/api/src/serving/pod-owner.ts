import type { KubeObject } from '../meta/index.ts';
import { nameLabel } from './keys.ts';

/** Names the service on pods whose other labels are the user's own, such as those that join the pool of another service. */
export const podOwnerLabel = 'weir.dev/service';

/** The service that a pod belongs to. */
export function podOwner({ metadata: { labels } }: Pick<KubeObject, 'metadata'>): string | undefined {
  return labels?.[podOwnerLabel] ?? labels?.[nameLabel];
}

/** Selectors that together find all pods of a service, and pods of others that look like its own. */
export function podSelectors(service: string): readonly string[] {
  return [`${nameLabel}=${service}`, `${podOwnerLabel}=${service}`];
}
