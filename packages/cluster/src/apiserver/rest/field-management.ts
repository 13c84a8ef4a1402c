import type { KubeObject } from '@weir/api/meta';
import { applyConflictStatus, serverSideApply, trackUpdate } from '../../schema/index.ts';
import { ApiError, badRequest } from '../api-error.ts';
import type { Target } from '../registry/served-kind.ts';
import { timestamp } from './metadata.ts';

interface FieldWriter {
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly now: Date;
}

interface ApplyRequest extends FieldWriter {
  readonly live: KubeObject | null;
  /** Exactly the fields that the manager wants to own. */
  readonly applied: KubeObject;
  /** Takes fields over from other managers. */
  readonly force: boolean;
}

/** `next` with the fields that differ from `live` recorded as the writer's in metadata.managedFields. */
export function recordUpdate(
  target: Target,
  live: KubeObject | null,
  next: KubeObject,
  writer: FieldWriter,
): KubeObject {
  return trackUpdate(live, next, optionsOf(target, writer));
}

/** Server-side apply; throws a Conflict that names other managers and their fields. */
export function applyFields(target: Target, request: ApplyRequest): KubeObject {
  const { live, applied, force } = request;
  if ((applied.metadata.managedFields ?? []).length > 0) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const result = serverSideApply(live, applied, { ...optionsOf(target, request), force });
  if (result.conflicts.length === 0) return result.object;
  const { code = 409, reason = 'Conflict', message = '', details } = applyConflictStatus(result.conflicts);
  throw new ApiError(code, reason, message, details);
}

function optionsOf(target: Target, writer: FieldWriter): Parameters<typeof trackUpdate>[2] {
  return {
    schema: target.version.schema.structural,
    manager: writer.manager,
    subresource: writer.subresource,
    ignoredFields: ignoredFields(target, writer.subresource),
    now: timestamp(writer.now),
  };
}

function ignoredFields(target: Target, subresource: string): readonly (readonly string[])[] {
  if (subresource === 'status') return [['spec'], ['metadata']];
  return subresource === '' && target.version.hasStatus ? [['status']] : [];
}
