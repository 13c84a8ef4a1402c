import { type KubeObject, keyOf, type ObjectMeta } from '@weir/api/meta';
import { v1alpha2ExtrasAnnotation } from '@weir/api/serving';
import { stringify } from 'yaml';
import { nameOf } from './documents.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';
import { withoutSecretValues } from './secret-values.ts';
import { unifiedDiff } from './unified-diff.ts';

/** An object that applying manifests would create, change or delete, as far as a person may see it. */
export type Change =
  | { readonly type: 'created'; readonly after: KubeObject }
  | { readonly type: 'changed'; readonly before: KubeObject; readonly after: KubeObject }
  | { readonly type: 'deleted'; readonly before: KubeObject };

/** A change as programs read it. */
interface ChangeReport {
  readonly object: string;
  readonly apiVersion: string;
  readonly change: Change['type'];
  /** Those of a changed object. */
  readonly fields?: readonly FieldChange[];
}

/** The change between what exists and what will; null when nobody would see one. */
export function changeBetween(live: KubeObject | undefined, wanted: KubeObject | undefined): Change | null {
  const [before, after] = withoutSecretValues(comparable(live), comparable(wanted));
  if (before === undefined) return after === undefined ? null : { type: 'created', after };
  if (after === undefined) return { type: 'deleted', before };
  return yamlOf(before) === yamlOf(after) ? null : { type: 'changed', before, after };
}

export function reportOf(change: Change): ChangeReport {
  const subject = subjectOf(change);
  const report = { object: nameOf(subject), apiVersion: subject.apiVersion, change: change.type };
  if (change.type !== 'changed') return report;
  return { ...report, fields: fieldChanges(change.before, change.after) };
}

/** A heading and a unified diff, as pagers and `patch` know it. */
export function changeText(change: Change): string {
  const subject = subjectOf(change);
  const { namespace, name } = keyOf(subject);
  const label = `${subject.apiVersion.replaceAll('/', '.')}.${subject.kind}.${namespace}.${name}`;
  const before = change.type === 'created' ? '' : yamlOf(change.before);
  const after = change.type === 'deleted' ? '' : yamlOf(change.after);
  return `${nameOf(subject)} ${change.type}\n${unifiedDiff(before, after, label)}`;
}

/** `2 created, 1 changed`. */
export function summaryOf(changes: readonly Change[]): string {
  const counts = (['created', 'changed', 'deleted'] as const).map(
    (type) => [changes.filter((change) => change.type === type).length, type] as const,
  );
  const texts = counts.filter(([count]) => count > 0).map(([count, type]) => `${count} ${type}`);
  return texts.length === 0 ? 'nothing would change' : texts.join(', ');
}

function subjectOf(change: Change): KubeObject {
  return change.type === 'deleted' ? change.before : change.after;
}

/** What a person compares: without book-keeping of the server and without status. */
function comparable<T extends KubeObject | undefined>(object: T): T {
  if (object === undefined) return object;
  const { status: _status, ...rest } = object as KubeObject & { status?: unknown };
  const {
    managedFields: _managers,
    resourceVersion: _version,
    uid: _uid,
    creationTimestamp: _created,
    generation: _generation,
    ownerReferences: _owners,
    ...metadata
  } = object.metadata;
  return { ...rest, metadata: withoutExtras(metadata) } as T;
}

/** What conversion notes for itself changes with the status. */
function withoutExtras({ annotations = {}, ...metadata }: ObjectMeta): ObjectMeta {
  const { [v1alpha2ExtrasAnnotation]: _extras, ...others } = annotations;
  return Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others };
}

function yamlOf(object: KubeObject): string {
  return stringify(object, { lineWidth: 0, sortMapEntries: true, aliasDuplicateObjects: false });
}
