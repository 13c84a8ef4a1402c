import {
  type KubeObject,
  keyOf,
  keyText,
  type ObjectRef,
  type ResourceKind,
  resources,
} from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Secret } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { shortHash } from '@weir/core/hash';
import { type AppliedObject, applyDesired, type Client, isKubeError } from '@weir/kube';
import type { ConditionPatch, Desired, DesiredChild, Observed, PartResult } from './desired/index.ts';
import { isContainedIn } from './is-contained-in.ts';
import { issueCertificate } from './issue-certificate.ts';

export interface AppliedParts {
  readonly applied: readonly AppliedObject[];
  readonly removed: readonly ObjectRef[];
  /** Parts that could not be written, as conditions. */
  readonly problems: readonly ConditionPatch[];
  /** The first failure; the pass is repeated because of it. */
  readonly error: Error | null;
}

/**
 * Writes what a service consists of, part by part, and removes what it no longer wants. One failing part does not
 * hold up the others. An object that was written before and still holds what is wanted costs no request.
 */
export class PartWriter {
  readonly #client: Client;
  readonly #now: () => Date;
  /** Hash of what was last written, by uid of the owner and identity of the child. */
  readonly #written = new Map<string, Map<string, string>>();

  constructor(client: Client, now: () => Date) {
    this.#client = client;
    this.#now = now;
  }

  async write(
    service: LLMInferenceService,
    desired: Desired,
    observed: Observed,
    signal: AbortSignal,
  ): Promise<AppliedParts> {
    const applied: AppliedObject[] = [];
    const problems: ConditionPatch[] = [];
    let error: Error | null = null;
    for (const part of desired.parts) {
      try {
        applied.push(...(await this.#writePart(service, part, observed, signal)));
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        error ??= toError(thrown);
        const { condition, reason } = part.failure;
        problems.push({ type: condition, status: 'False', reason, message: toError(thrown).message });
      }
    }
    await applyDesired(this.#client, service, { apply: [], remove: desired.remove }, () => undefined, {
      signal,
    });
    for (const ref of desired.remove) this.#memoOf(service).delete(identityOf(ref.kind, keyText(ref)));
    return { applied, removed: desired.remove, problems, error };
  }

  forget(service: LLMInferenceService): void {
    this.#written.delete(service.metadata.uid ?? '');
  }

  async #writePart(
    service: LLMInferenceService,
    part: PartResult,
    observed: Observed,
    signal: AbortSignal,
  ): Promise<AppliedObject[]> {
    const find = findIn(observed);
    const certificates: DesiredChild[] = [];
    for (const spec of part.generate ?? []) {
      const existing = find(resources.secrets, keyText(keyOf(spec.secret))) as Secret | undefined;
      const { secret } = await issueCertificate(spec, existing, this.#now());
      certificates.push({ kind: resources.secrets, object: secret });
    }
    const memo = this.#memoOf(service);
    const result: AppliedObject[] = [];
    for (const child of [...certificates, ...part.apply]) {
      const key = keyText(keyOf(child.object));
      const existing = find(child.kind, key);
      const identity = identityOf(child.kind, key);
      const hash = shortHash(child.object);
      if (existing !== undefined && memo.get(identity) === hash && isContainedIn(child.object, existing))
        continue;
      const live = existing ?? (await this.#client.find(child.kind, keyOf(child.object), { signal }));
      try {
        result.push(await this.#applyChild(service, child, live, signal));
      } catch (error) {
        throw isKindMissing(error, child) ? new KindMissingError(child, error) : error;
      }
      memo.set(identity, hash);
    }
    return result;
  }

  /**
   * Server-side apply leaves list items that others added. Where these change what the object means, the fields are
   * replaced as a whole, so that an edit by hand does not last.
   */
  async #applyChild(
    service: LLMInferenceService,
    child: DesiredChild,
    live: KubeObject | undefined,
    signal: AbortSignal,
  ): Promise<AppliedObject> {
    const apply = async (): Promise<AppliedObject> => {
      const desired = { apply: [child], remove: [] };
      const [applied] = await applyDesired(this.#client, service, desired, () => live, { signal });
      return applied as AppliedObject;
    };
    try {
      const applied = await apply();
      if (isContainedIn(child.object, applied.object)) return applied;
    } catch (error) {
      if (live === undefined || !isKubeError(error, 'Invalid')) throw error;
    }
    const { apiVersion: _version, kind: _kind, metadata, ...fields } = child.object;
    const { labels, annotations } = metadata;
    const patch = { metadata: { labels, annotations }, ...fields };
    try {
      await this.#client.patch(child.kind, keyOf(child.object), patch, { type: 'merge', signal });
      return await apply();
    } catch (error) {
      if (live === undefined || child.recreate === undefined || !isImmutable(error)) throw error;
      return this.#recreate(service, child, live, signal);
    }
  }

  /** Pods outlive their Deployment when it is made anew: the new one adopts them. */
  async #recreate(
    service: LLMInferenceService,
    child: DesiredChild,
    { metadata: { uid } }: KubeObject,
    signal: AbortSignal,
  ): Promise<AppliedObject> {
    const key = keyOf(child.object);
    const propagationPolicy = child.recreate ?? 'Background';
    const precondition = uid === undefined ? {} : { uid };
    await this.#client.delete(child.kind, key, { propagationPolicy, ...precondition, signal });
    if ((await this.#client.find(child.kind, key, { signal })) !== undefined) {
      throw new Error(
        `${child.kind.kind} ${keyText(key)} is made anew: a changed field cannot be changed in place`,
      );
    }
    const desired = { apply: [child], remove: [] };
    const [applied] = await applyDesired(this.#client, service, desired, () => undefined, { signal });
    return applied as AppliedObject;
  }

  #memoOf(service: LLMInferenceService): Map<string, string> {
    const uid = service.metadata.uid ?? '';
    const memo = this.#written.get(uid) ?? new Map<string, string>();
    this.#written.set(uid, memo);
    return memo;
  }
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

function findIn(observed: Observed) {
  const byIdentity = new Map(
    observed.children.map(({ kind, object }) => [identityOf(kind, keyText(keyOf(object))), object]),
  );
  return (kind: ResourceKind, key: string) => byIdentity.get(identityOf(kind, key));
}

function identityOf(kind: ResourceKind, key: string): string {
  return `${kind.group}/${kind.plural}/${key}`;
}
