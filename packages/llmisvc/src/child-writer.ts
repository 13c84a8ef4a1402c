import { type KubeObject, keyOf, keyText } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import { type AppliedObject, applyOwned, type Client, isKubeError } from '@weir/kube';
import type { DesiredChild } from './desired/index.ts';
import { isContainedIn } from './is-contained-in.ts';

interface ChildWrite {
  readonly client: Client;
  readonly service: LLMInferenceService;
  readonly child: DesiredChild;
  /** The local copy. */
  readonly known: KubeObject | undefined;
  readonly signal: AbortSignal;
}

/**
 * Server-side apply leaves list items that others added. Where these change what the object means, the fields are
 * replaced as a whole, so that an edit by hand does not last.
 */
export async function writeChild(write: ChildWrite): Promise<AppliedObject> {
  const { client, service, child, known, signal } = write;
  let existing = known;
  try {
    const applied = await applyOwned(client, service, child, known, { signal });
    if (isContainedIn(child.object, applied.object)) return applied;
    existing = applied.object;
  } catch (error) {
    if (isKindMissing(error, child)) throw new KindMissingError(child, error);
    if (known === undefined || !isKubeError(error, 'Invalid')) throw error;
  }
  const { apiVersion: _version, kind: _kind, metadata, ...fields } = child.object;
  const { labels, annotations } = metadata;
  const patch = { metadata: { uid: existing?.metadata.uid, labels, annotations }, ...fields };
  try {
    const key = keyOf(child.object);
    existing = await client.patch<KubeObject>(child.kind, key, patch, { type: 'merge', signal });
    return await applyOwned(client, service, child, existing, { signal });
  } catch (error) {
    if (known === undefined || child.recreate === undefined || !isImmutable(error)) throw error;
    return recreate(write, known);
  }
}

/** Pods outlive their Deployment when it is made anew: the new one adopts them. */
async function recreate(
  { client, service, child, signal }: ChildWrite,
  { metadata: { uid } }: KubeObject,
): Promise<AppliedObject> {
  const key = keyOf(child.object);
  const propagationPolicy = child.recreate ?? 'Background';
  const precondition = uid === undefined ? {} : { uid };
  await client.delete(child.kind, key, { propagationPolicy, ...precondition, signal });
  if ((await client.find(child.kind, key, { signal })) !== undefined) {
    throw new Error(
      `${child.kind.kind} ${keyText(key)} is made anew: a changed field cannot be changed in place`,
    );
  }
  return applyOwned(client, service, child, undefined, { signal });
}

function isImmutable(error: unknown): boolean {
  return isKubeError(error, 'Invalid') && error.message.includes('immutable');
}

class KindMissingError extends Error {
  constructor({ kind }: DesiredChild, cause: unknown) {
    super(
      `kind ${kind.kind} of ${kind.group}/${kind.version} is not served by this API server — install its CRD`,
      {
        cause,
      },
    );
  }
}

/** A namespace that is gone answers 404 as well, and names itself. */
function isKindMissing(error: unknown, { kind }: DesiredChild): boolean {
  return kind.group !== '' && isKubeError(error, 'NotFound') && error.status.details?.kind !== 'namespaces';
}
