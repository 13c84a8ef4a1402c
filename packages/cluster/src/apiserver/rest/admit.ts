import type { AdmissionRequest, AdmissionResult, FieldError, KubeObject, ResourceKind } from '@weir/api/meta';
import { type ApiError, forbiddenWrite, invalidObject, refusedWithWarnings } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import { toStorage, toVersion } from './versions.ts';

interface Review {
  readonly operation: AdmissionRequest['operation'];
  /** The new state, in the version of the request; null for DELETE. */
  readonly object: KubeObject | null;
  /** The stored state. */
  readonly old: KubeObject | null;
  readonly subresource: string;
  readonly dryRun: boolean;
}

interface Admitted {
  readonly object: KubeObject | null;
  readonly warnings: readonly string[];
  /** Why a plugin refuses. Thrown by the caller once the object has met its schema, which speaks first. */
  readonly refusal: ApiError | null;
}

/**
 * Asks every admission plugin in turn, up to the first that refuses. Plugins see the storage version, may change the
 * object, and can rely on the types of its fields.
 */
export async function admit(context: ServerContext, target: Target, review: Review): Promise<Admitted> {
  const { served } = target;
  const kind = { ...target.kind, version: served.storageVersion };
  const plugins = context.admission.filter((plugin) => plugin.matches(kind, review.subresource));
  if (plugins.length === 0) return { object: review.object, warnings: [], refusal: null };
  if (review.object !== null) requireTypes(target, review.object);
  const warnings: string[] = [];
  let object = review.object === null ? null : await toStorage(served, review.object);
  const oldObject = review.old === null ? null : await toStorage(served, review.old);
  const name = review.object?.metadata.name ?? review.old?.metadata.name ?? '';
  for (const plugin of plugins) {
    const { operation, dryRun } = review;
    const writtenVersion = target.version.name;
    const result = await plugin.review({ operation, kind, writtenVersion, object, oldObject, dryRun });
    warnings.push(...(result.warnings ?? []));
    const refusal = refusalOf(kind, name, result);
    if (refusal !== null)
      return { object: review.object, warnings, refusal: refusedWithWarnings(refusal, warnings) };
    if (object !== null) object = result.object ?? object;
  }
  return {
    object: object === null ? null : await toVersion(served, object, target.version.name),
    warnings,
    refusal: null,
  };
}

function refusalOf(kind: ResourceKind, name: string, result: AdmissionResult): ApiError | null {
  if (result.forbidden !== undefined) return forbiddenWrite(kind, name, result.forbidden);
  return result.errors === undefined || result.errors.length === 0
    ? null
    : invalidObject(kind, name, result.errors);
}

function requireTypes(target: Target, object: KubeObject): void {
  const { schema } = target.version;
  if (schema.hasWrongTypes(object)) requireValid(target, object, schema.validate(object, null));
}

/** Refuses with all problems at once. */
export function requireValid(target: Target, object: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(target.kind, object.metadata.name ?? '', errors);
}
