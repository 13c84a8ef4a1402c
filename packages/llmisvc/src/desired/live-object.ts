import type { KubeObject, ObjectRef } from '@weir/api/meta';
import type { DesiredInput } from './input.ts';

/** A child of the service as it is now. */
export function liveObject(
  { observed }: Pick<DesiredInput, 'observed'>,
  { kind, name }: Pick<ObjectRef, 'kind' | 'name'>,
): KubeObject | undefined {
  return observed.children.find(
    (child) => child.kind.plural === kind.plural && child.object.metadata.name === name,
  )?.object;
}
