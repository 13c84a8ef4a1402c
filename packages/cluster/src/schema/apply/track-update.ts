import type { KubeObject } from '@weir/api/meta';
import { difference, isEmpty, recursiveDifference, union } from './field-set.ts';
import { capUpdaters, decodeManagers, encodeManagers, identityOf, type Managers } from './managers.ts';
import { changeOwners, withoutUnowned } from './ownership.ts';
import { ItemIdentityError } from './path-element.ts';
import {
  type ApplyOptions,
  ignoredSet,
  withManagedFields,
  withoutManagedFields,
} from './server-side-apply.ts';

export type TrackOptions = Omit<ApplyOptions, 'force'>;

/**
 * The object of a create, update or patch with managedFields maintained: the manager gets what it changed, everyone
 * loses what was overwritten or removed. `live` is null on create. A request that sets managedFields to `[]` or `[{}]`
 * resets them. An object whose list items cannot be told apart is not tracked: validation will say why it is wrong.
 */
export function trackUpdate(live: KubeObject | null, next: KubeObject, options: TrackOptions): KubeObject {
  const before = withoutManagedFields(live);
  const after = withoutManagedFields(next);
  const known = managersOfRequest(live, next, options.subresource ?? '');
  // An existing object without managers stays untracked until somebody applies.
  if (known.size === 0 && live !== null) return withManagedFields(after, []);
  try {
    const managers = trackManagers(before, after, known, { ...options, apiVersion: next.apiVersion });
    return withManagedFields(after, encodeManagers(managers));
  } catch (error) {
    if (error instanceof ItemIdentityError) return withManagedFields(after, []);
    throw error;
  }
}

export function trackManagers(
  before: unknown,
  after: unknown,
  managers: Managers,
  options: TrackOptions & { readonly apiVersion: string },
): Managers {
  const ignored = ignoredSet(options.ignoredFields);
  const change = changeOwners(options.schema, before, after, managers, '', ignored);
  const { added, modified, removed } = change.comparison;
  const gained = withoutUnowned(recursiveDifference(difference(union(modified, added), removed), ignored));
  if (isEmpty(gained)) return capUpdaters(change.managers);
  const self = {
    name: options.manager,
    operation: 'Update' as const,
    apiVersion: options.apiVersion,
    subresource: options.subresource ?? '',
  };
  const id = identityOf(self);
  const mine = change.managers.get(id);
  const fields = mine === undefined ? gained : union(gained, mine.fields);
  return capUpdaters(new Map([...change.managers, [id, { ...self, time: options.now, fields }]]));
}

function managersOfRequest(live: KubeObject | null, next: KubeObject, subresource: string): Managers {
  const ofLive = decodeManagers(live?.metadata.managedFields) ?? new Map();
  if (subresource !== '') return ofLive;
  const sent = next.metadata.managedFields;
  if (sent !== undefined && isReset(sent)) return new Map();
  const ofRequest = decodeManagers(sent);
  return ofRequest === undefined || ofRequest.size === 0 ? ofLive : ofRequest;
}

function isReset(entries: readonly object[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);
}
