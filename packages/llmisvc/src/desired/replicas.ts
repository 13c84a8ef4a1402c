import type { KubeObject } from '@weir/api/meta';
import type { DesiredInput } from './input.ts';
import { liveObject } from './live-object.ts';
import type { Workload } from './topology.ts';

/**
 * The typed count. Without one the live count belongs to whoever scales the workload, and the field is left out; only
 * a count that was typed before is carried on, because a field that its applier gives up falls back to the default.
 */
export function replicasOf(input: DesiredInput, workload: Workload): { replicas?: number } {
  const { replicas } = workload.spec;
  if (replicas !== undefined) return { replicas };
  const live = liveObject(input, workload);
  const count = (live as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;
  return live !== undefined && count !== undefined && isApplied(live) ? { replicas: count } : {};
}

function isApplied({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(({ operation, subresource, fieldsV1 }) => {
    const spec = (fieldsV1 as { 'f:spec'?: Record<string, unknown> } | undefined)?.['f:spec'];
    return operation === 'Apply' && !subresource && spec !== undefined && 'f:replicas' in spec;
  });
}
