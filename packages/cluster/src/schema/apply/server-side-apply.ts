import type { KubeObject, ManagedFieldsEntry } from '@weir/api/meta';
import { defineErrors } from '@weir/core/errors';
import { isJsonObject, type StructuralSchema } from '../structural.ts';
import { type FieldSet, isEmpty, pathsOf, recursiveDifference, setOf } from './field-set.ts';
import { allowedByLastApplied, withLastApplied } from './last-applied.ts';
import { decodeManagers, encodeManagers, identityOf, type Manager, type Managers } from './managers.ts';
import { mergeApplied } from './merge.ts';
import { fieldsOf, requireUniqueItems } from './owned-fields.ts';
import { changeOwners, dropAbandoned, withoutUnowned } from './ownership.ts';
import { pathText } from './path-element.ts';
import { isEqual } from './shape.ts';
import { trackManagers } from './track-update.ts';

export interface ApplyOptions {
  readonly schema: StructuralSchema;
  /** Field manager of the request. */
  readonly manager: string;
  readonly force?: boolean;
  readonly subresource?: string;
  /** Fields that the (sub)resource never takes from a request, such as `[['status']]` for the main resource. */
  readonly ignoredFields?: readonly (readonly string[])[];
  /** Time of the request, RFC 3339 with seconds. */
  readonly now: string;
}

export interface ApplyResult {
  /** The object to store; equal to the live one, managedFields included, when the request changed nothing. */
  readonly object: KubeObject;
  /** Not empty: the request must be refused with 409 and nothing stored. */
  readonly conflicts: readonly ApplyConflict[];
}

export interface ApplyConflict {
  readonly manager: string;
  readonly subresource: string;
  /** Of an updater; absent for appliers. */
  readonly apiVersion?: string;
  /** `.spec.replicas` */
  readonly field: string;
}

const errors = defineErrors('APPLY', {
  INVALID: {
    status: 400,
    message: 'failed to create typed patch object: {problem}',
    docs: 'An applied list of type map or set has items that cannot be told apart.',
  },
});

/**
 * Server-side apply. `live` is null when the object does not exist yet. Neither input is changed. Times move only when
 * something changed, so a repeated apply leaves the object as it was.
 */
export function serverSideApply(
  live: KubeObject | null,
  applied: KubeObject,
  options: ApplyOptions,
): ApplyResult {
  const result = applyOnce(live, applied, options);
  if (options.manager !== 'kubectl' || result.conflicts.length === 0) {
    return options.manager === 'kubectl' ? withLastApplied(result, applied) : result;
  }
  // kubectl taking over from client-side apply owns already what its last-applied annotation says.
  const allowed = allowedByLastApplied(live, options.schema);
  const remaining = result.conflicts.filter((conflict) => !allowed.has(conflict.field));
  if (remaining.length > 0) return { ...result, conflicts: remaining };
  return withLastApplied(applyOnce(live, applied, { ...options, force: true }), applied);
}

function applyOnce(live: KubeObject | null, applied: KubeObject, options: ApplyOptions): ApplyResult {
  const { schema } = options;
  const ignored = ignoredSet(options.ignoredFields);
  const base = withoutManagedFields(live);
  const sent = withoutManagedFields(applied);
  const managers = new Map(managersBefore(live, base, options));
  const self = {
    name: options.manager,
    operation: 'Apply' as const,
    apiVersion: applied.apiVersion,
    subresource: options.subresource ?? '',
  };
  const id = identityOf(self);
  const last = managers.get(id);
  const fields = recursiveDifference(claimedFields(schema, sent), ignored);
  managers.set(id, { ...self, time: last?.time, fields });
  const merged = mergeApplied(schema, base, sent);
  const next = dropAbandoned(schema, merged, managers, { last: last?.fields, claimed: fields });
  const change = changeOwners(schema, base, next, managers, id, ignored);
  const conflicts = options.force ? [] : describeConflicts(change.conflicts);
  const isChanged = !isEqual(base, next);
  const after = finish(change.managers, id, isChanged ? options.now : undefined);
  return { object: withManagedFields(next, encodeManagers(after)), conflicts };
}

function claimedFields(schema: StructuralSchema, applied: unknown): FieldSet {
  try {
    requireUniqueItems(schema, applied);
    return fieldsOf(schema, applied);
  } catch (error) {
    throw errors.INVALID({ problem: (error as Error).message }, { cause: error });
  }
}

/** Objects whose managers were never tracked get one entry for all that is there. */
function managersBefore(live: KubeObject | null, base: unknown, options: ApplyOptions): Managers {
  const known = decodeManagers(live?.metadata.managedFields) ?? new Map<string, Manager>();
  if (live === null || known.size > 0) return known;
  return trackManagers({}, base, known, {
    ...options,
    manager: 'before-first-apply',
    subresource: '',
    apiVersion: live.apiVersion,
  });
}

function finish(managers: Managers, id: string, time: string | undefined): Managers {
  const result = new Map(managers);
  const mine = result.get(id);
  if (mine === undefined) return result;
  const fields = withoutUnowned(mine.fields);
  if (isEmpty(fields)) result.delete(id);
  else result.set(id, { ...mine, fields, time: time ?? mine.time });
  return result;
}

function describeConflicts(conflicts: ReadonlyMap<Manager, FieldSet>): ApplyConflict[] {
  const sorted = [...conflicts].sort(([a], [b]) => (identityOf(a) < identityOf(b) ? -1 : 1));
  return sorted.flatMap(([manager, fields]) =>
    pathsOf(fields).map((path) => ({
      manager: manager.name,
      subresource: manager.subresource,
      ...(manager.operation === 'Update' ? { apiVersion: manager.apiVersion } : {}),
      field: pathText(path),
    })),
  );
}

export function ignoredSet(paths: ApplyOptions['ignoredFields']): FieldSet {
  return setOf((paths ?? []).map((path) => path.map((name) => `f:${name}`)));
}

export function withoutManagedFields(object: KubeObject | null): Record<string, unknown> {
  if (object === null) return {};
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}

export function withManagedFields(object: unknown, entries: readonly ManagedFieldsEntry[]): KubeObject {
  const source = object as KubeObject;
  const metadata = { ...(isJsonObject(source.metadata) ? source.metadata : {}) };
  return {
    ...source,
    metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: [...entries] },
  };
}
