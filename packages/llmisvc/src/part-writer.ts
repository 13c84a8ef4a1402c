import {
  type KubeObject,
  keyOf,
  keyText,
  type ObjectRef,
  parseKey,
  type ResourceKind,
  resources,
} from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';
import type { Secret, Service } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import {
  type AppliedObject,
  type Client,
  deleteOwned,
  mayWrite,
  NotOwnedError,
  type OwnedFields,
} from '@weir/kube';
import { writeChild } from './child-writer.ts';
import type {
  CertificateSpec,
  ConditionPatch,
  Desired,
  DesiredChild,
  Observed,
  PartResult,
} from './desired/index.ts';
import { isContainedIn } from './is-contained-in.ts';
import { issueCertificate } from './issue-certificate.ts';
import type { LocalCopies } from './local-copies.ts';
import { failureConditions } from './part-failures.ts';
import { ServerLimits } from './server-limits.ts';

export interface AppliedParts {
  readonly applied: readonly AppliedObject[];
  /** What is not wanted any more. */
  readonly removed: readonly ObjectRef[];
  /** Those of `removed` that this pass deleted. */
  readonly deleted: readonly ObjectRef[];
  /** Parts that could not be written, as conditions. */
  readonly problems: readonly ConditionPatch[];
  /** The first failure; the pass is repeated because of it. */
  readonly error: Error | null;
}

export interface PartWriterOptions {
  readonly client: Client;
  readonly copies: LocalCopies;
  readonly owned: OwnedFields;
  readonly now: () => Date;
}

type Step = { readonly part: PartResult } & (
  | { readonly type: 'child'; readonly child: DesiredChild }
  | { readonly type: 'certificate'; readonly spec: CertificateSpec }
);

/**
 * Writes what a service consists of, part by part, and removes what it no longer wants. One failing part does not
 * hold up the others. An object that holds what is wanted, and nothing else of ours, costs no request.
 */
export class PartWriter {
  readonly #options: PartWriterOptions;
  /** Local copies of what was deleted already: the watch needs a moment to tell. */
  readonly #deleted = new WeakSet<KubeObject>();
  readonly #limits = new ServerLimits();

  constructor(options: PartWriterOptions) {
    this.#options = options;
  }

  async write(
    service: LLMInferenceService,
    desired: Desired,
    observed: Observed,
    signal: AbortSignal,
  ): Promise<AppliedParts> {
    const find = this.#findIn(observed);
    const applied: AppliedObject[] = [];
    const failures = new Map<PartResult, Error>();
    for (const step of stepsOf(desired.parts)) {
      if (failures.has(step.part)) continue;
      try {
        const child = step.type === 'child' ? step.child : await this.#certificate(step.spec, find, applied);
        const known = find(child.kind, keyText(keyOf(child.object)));
        if (known !== undefined && this.#holds(child, known)) continue;
        const written = await writeChild({ client: this.#options.client, service, child, known, signal });
        this.#options.copies.remember(written.kind, written.object);
        this.#limits.note(child.object, written.object);
        applied.push(written);
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const foreign =
          thrown instanceof NotOwnedError ? await this.#foreignIn(service, step.part, find, signal) : [];
        const error = foreign.length > 1 ? new NotOwnedError(service, foreign) : toError(thrown);
        failures.set(step.part, error);
      }
    }
    const deleted = await this.#remove(service, desired.remove, find, signal);
    const problems = failureConditions(service, failures);
    const [error = null] = failures.values();
    return { applied, removed: desired.remove, deleted, problems, error };
  }

  /** Everything of others that stands in the way of a part. It is only looked at: nothing more of the part is written. */
  async #foreignIn(
    service: LLMInferenceService,
    { apply, generate = [] }: PartResult,
    find: Find,
    signal: AbortSignal,
  ): Promise<KubeObject[]> {
    const secrets = generate.map(({ secret }) => ({ kind: resources.secrets, object: secret }));
    const foreign: KubeObject[] = [];
    for (const { kind, object } of [...secrets, ...apply]) {
      const key = keyOf(object);
      const known = find(kind, keyText(key)) ?? (await this.#options.client.find(kind, key, { signal }));
      if (known !== undefined && !mayWrite(object, known, service)) foreign.push(known);
    }
    return foreign;
  }

  #holds({ object }: DesiredChild, known: KubeObject): boolean {
    const isAll = isContainedIn(object, known) || this.#limits.isReached(object, known);
    return isAll && this.#options.owned.areWanted(known, object);
  }

  /** The addresses of Services that were made a moment ago belong into the certificate, too. */
  async #certificate(
    spec: CertificateSpec,
    find: Find,
    applied: readonly AppliedObject[],
  ): Promise<DesiredChild> {
    const existing = find(resources.secrets, keyText(keyOf(spec.secret))) as Secret | undefined;
    const services = applied.filter(({ kind }) => kind.plural === resources.services.plural);
    const fresh = services.flatMap(({ object }) => (object as Service).spec?.clusterIPs ?? []);
    const addresses = [...spec.ipAddresses, ...fresh.filter((ip) => ip !== 'None' && ip !== '')];
    const ipAddresses = [...new Set(addresses)].sort();
    const { secret } = await issueCertificate({ ...spec, ipAddresses }, existing, this.#options.now());
    return { kind: resources.secrets, object: secret };
  }

  async #remove(
    service: LLMInferenceService,
    refs: readonly ObjectRef[],
    find: Find,
    signal: AbortSignal,
  ): Promise<ObjectRef[]> {
    const deleted: ObjectRef[] = [];
    for (const ref of refs) {
      const known = find(ref.kind, keyText(ref));
      if (known !== undefined && this.#deleted.has(known)) continue;
      if (!(await deleteOwned(this.#options.client, service, ref, known, { signal }))) continue;
      if (known !== undefined) {
        this.#deleted.add(known);
        this.#limits.forget(known);
      }
      deleted.push(ref);
    }
    return deleted;
  }

  /** Children first; then objects of the same name that somebody else made, as far as they are watched. */
  #findIn(observed: Observed): Find {
    const byIdentity = new Map(
      observed.children.map(({ kind, object }) => [identityOf(kind, keyText(keyOf(object))), object]),
    );
    return (kind, key) =>
      byIdentity.get(identityOf(kind, key)) ?? this.#options.copies.get(kind, parseKey(key));
  }
}

type Find = (kind: ResourceKind, key: string) => KubeObject | undefined;

/** Services come first, because certificates name their addresses, then certificates, because pods mount them. */
function stepsOf(parts: readonly PartResult[]): Step[] {
  const isService = ({ kind }: DesiredChild): boolean =>
    kind.group === '' && kind.plural === resources.services.plural;
  const children = (isFirst: boolean): Step[] =>
    parts.flatMap((part) =>
      part.apply
        .filter((child) => isService(child) === isFirst)
        .map((child) => ({ part, type: 'child', child })),
    );
  const certificates = parts.flatMap((part) =>
    (part.generate ?? []).map((spec): Step => ({ part, type: 'certificate', spec })),
  );
  return [...children(true), ...certificates, ...children(false)];
}

function identityOf(kind: ResourceKind, key: string): string {
  return `${kind.group}/${kind.plural}/${key}`;
}
