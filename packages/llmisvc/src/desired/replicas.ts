import type { KubeObject } from '@weir/api/meta';
import type { DesiredInput } from './input.ts';
import type { Workload } from './topology.ts';

/**
 * The typed count. Without one the live count belongs to whoever scales the workload, and the field is left out; only
 * a count that was typed before is carried on, because a field that its applier gives up falls back to the default.
 */
export function replicasOf(
  { observed }: DesiredInput,
  { spec, kind, name }: Workload,
): { replicas?: number } {
  if (spec.replicas !== undefined) return { replicas: spec.replicas };
  const live = observed.children.find(
    (child) => child.kind.plural === kind.plural && child.object.metadata.name === name,
  );
  const count = (live?.object as { spec?: { replicas?: number } } | undefined)?.spec?.replicas;
  return live !== undefined && count !== undefined && isApplied(live.object) ? { replicas: count } : {};
}

function isApplied({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(({ operation, subresource, fieldsV1 }) => {
    const spec = (fieldsV1 as { 'f:spec'?: Record<string, unknown> } | undefined)?.['f:spec'];
    return operation === 'Apply' && !subresource && spec !== undefined && 'f:replicas' in spec;
  });
}
