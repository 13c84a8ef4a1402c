import type { ManagedFieldsEntry } from '@weir/api/meta';
import { type FieldSet, fromFieldsV1, toFieldsV1, union } from './field-set.ts';

export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** Managers of an object by identity; an applier has one entry whatever version it applies. */
export type Managers = ReadonlyMap<string, Manager>;

export function identityOf(manager: Omit<Manager, 'time' | 'fields'>): string {
  const version = manager.operation === 'Apply' ? '' : manager.apiVersion;
  return JSON.stringify([manager.name, manager.operation, version, manager.subresource]);
}

/** Undefined when an entry is malformed. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  const managers = new Map<string, Manager>();
  for (const entry of entries ?? []) {
    const fields = fromFieldsV1(entry.fieldsV1 ?? {});
    const isValid = entry.operation === 'Apply' || entry.operation === 'Update';
    if (fields === undefined || !isValid || (entry.fieldsType ?? 'FieldsV1') !== 'FieldsV1') return undefined;
    const manager: Manager = {
      name: entry.manager ?? '',
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time,
      fields,
    };
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

/** Appliers first, then by time, as Kubernetes lists them. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(byOperationAndTime).map((manager) => ({
    ...(manager.name === '' ? {} : { manager: manager.name }),
    operation: manager.operation,
    apiVersion: manager.apiVersion,
    ...(manager.time === undefined ? {} : { time: manager.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(manager.fields),
    ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
  }));
}

function byOperationAndTime(a: Manager, b: Manager): number {
  return (
    order(a.operation, b.operation) ||
    seconds(a) - seconds(b) ||
    order(a.name, b.name) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function seconds(manager: Manager): number {
  return manager.time === undefined ? 0 : Math.floor(Date.parse(manager.time) / 1000);
}

const maxUpdateManagers = 10;

/** Folds the oldest updaters into one entry per version when there are more than ten, so that objects stay small. */
export function capUpdaters(managers: Managers): Managers {
  const updaters = [...managers].filter(([, manager]) => manager.operation === 'Update');
  if (updaters.length <= maxUpdateManagers) return managers;
  updaters.sort(([idA, a], [idB, b]) => seconds(a) - seconds(b) || order(idA, idB));
  const result = new Map(managers);
  const firstOfVersion = new Map<string, string>();
  let count = updaters.length;
  for (const [id, manager] of updaters) {
    if (count <= maxUpdateManagers) break;
    const first = firstOfVersion.get(manager.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(manager.apiVersion, id);
      continue;
    }
    foldInto(result, first, id, manager);
    count--;
  }
  return result;
}

function foldInto(managers: Map<string, Manager>, first: string, id: string, manager: Manager): void {
  const bucket = { name: 'ancient-changes', operation: 'Update', subresource: '' } as const;
  const bucketId = identityOf({ ...bucket, apiVersion: manager.apiVersion });
  const current = managers.get(bucketId) ?? managers.get(first);
  managers.delete(first);
  managers.delete(id);
  if (current === undefined) return;
  managers.set(bucketId, {
    ...bucket,
    apiVersion: manager.apiVersion,
    time: manager.time,
    fields: union(current.fields, manager.fields),
  });
}
