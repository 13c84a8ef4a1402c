import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import { type ApiError, refusedWithWarnings } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import { applyPatch } from '../rest/patch-formats.ts';
import { withDefaults } from '../rest/rules.ts';
import type { AdmissionAttributes, VersionedObjects } from './attributes.ts';
import { callWebhook, refusalFrom } from './call-webhook.ts';
import type { CompiledWebhook } from './compiled-webhook.ts';
import { CallError, internalError } from './refusals.ts';
import type { ReviewAnswer } from './review.ts';
import { convertObjects, isExempt, type Selected, selectWebhook } from './select-webhook.ts';

interface Mutated {
  /** In the version of the request; the same object when nothing changed it. */
  readonly object: KubeObject | null;
  readonly warnings: readonly string[];
}

/** Asks the mutating webhooks that a request concerns, one after the other; each sees what the ones before it made. */
export async function mutateByWebhooks(
  context: ServerContext,
  attributes: AdmissionAttributes,
): Promise<Mutated> {
  const { mutating } = context.webhooks;
  if (mutating.length === 0 || isExempt(attributes.target)) {
    return { object: attributes.object, warnings: [] };
  }
  const run = new MutationRun(context, attributes);
  for (const webhook of mutating) await run.ask(webhook);
  if (run.hasChanged) {
    run.startAgain();
    for (const webhook of mutating) await run.ask(webhook);
  }
  return run.result();
}

/** The state between two webhooks. */
class MutationRun {
  readonly #context: ServerContext;
  readonly #attributes: AdmissionAttributes;
  readonly #warnings: string[] = [];
  #objects: VersionedObjects;
  #isSecondRound = false;
  /** Webhooks that want to be asked again if a later one changes something, and those where that happened. */
  readonly #repeatable = new Set<string>();
  readonly #due = new Set<string>();
  hasChanged = false;

  constructor(context: ServerContext, attributes: AdmissionAttributes) {
    this.#context = context;
    this.#attributes = attributes;
    this.#objects = attributes;
  }

  startAgain(): void {
    this.#isSecondRound = true;
  }

  async ask(webhook: CompiledWebhook): Promise<void> {
    if (this.#isSecondRound && !this.#due.has(webhook.key)) return;
    const { object, oldObject } = this.#objects;
    const attributes = { ...this.#attributes, object, oldObject };
    const selected = await selectWebhook(this.#context, webhook, attributes, (target) =>
      this.#inVersion(target),
    );
    if (selected === null) return;
    const { dryRun } = attributes;
    const refusal = await this.#call(webhook, selected, dryRun);
    if (refusal !== null) throw refusedWithWarnings(refusal, this.#warnings);
    if (webhook.reinvocationPolicy === 'IfNeeded') this.#repeatable.add(webhook.key);
  }

  async result(): Promise<Mutated> {
    const { object } = await convertObjects(this.#objects, this.#attributes.target);
    return { object, warnings: this.#warnings };
  }

  async #inVersion(target: Target): Promise<VersionedObjects> {
    this.#objects = await convertObjects(this.#objects, target);
    return this.#objects;
  }

  async #call(webhook: CompiledWebhook, selected: Selected, dryRun: boolean): Promise<ApiError | null> {
    const { request, objects } = selected;
    try {
      const call = { request, dryRun, mayPatch: true, warnings: this.#warnings };
      const answer = await callWebhook(this.#context, webhook, call);
      const object = patched(this.#context, webhook.name, objects, answer);
      if (object !== objects.object) this.#changeTo(object);
      return null;
    } catch (error) {
      return refusalFrom(this.#context, webhook, error);
    }
  }

  #changeTo(object: KubeObject | null): void {
    const isChange = !isDeepStrictEqual(object, this.#objects.object);
    this.#objects = { ...this.#objects, object };
    if (!isChange) return;
    this.hasChanged = true;
    for (const key of this.#repeatable) this.#due.add(key);
    this.#repeatable.clear();
  }
}

function patched(
  context: ServerContext,
  webhook: string,
  { target, object }: VersionedObjects,
  answer: ReviewAnswer,
): KubeObject | null {
  const operations = operationsOf(webhook, answer);
  if (operations.length === 0) return object;
  if (object === null) {
    const why = 'attempted to modify the object, which is not supported for this operation';
    throw internalError(`admission webhook "${webhook}" ${why}`);
  }
  try {
    return decoded(context, target, applyPatch('json', object, operations, undefined));
  } catch (error) {
    throw internalError(toError(error).message);
  }
}

function operationsOf(webhook: string, { patch, patchType }: ReviewAnswer): readonly unknown[] {
  if (patch === '') return [];
  if (patchType !== 'JSONPatch') throw new CallError(webhook, `unsupported patch type "${patchType}"`);
  try {
    const operations: unknown = JSON.parse(patch);
    if (Array.isArray(operations)) return operations;
    throw new Error('not a list of operations');
  } catch (error) {
    throw new CallError(webhook, `received undecodable patch in webhook response: ${toError(error).message}`);
  }
}

/** What a webhook made has to be an object of the kind again; fields that the kind does not have are dropped. */
function decoded(context: ServerContext, target: Target, value: unknown): KubeObject {
  const object = value as Partial<KubeObject> | null;
  if (typeof object?.metadata !== 'object' || object.metadata === null || object.kind === undefined) {
    throw new Error(`the webhook made something that is not a ${target.kind.kind}`);
  }
  // A subresource such as Scale is no object of the kind.
  if (object.kind !== target.kind.kind) return object as KubeObject;
  const { schema } = target.version;
  const problem = schema.decodeError(object as KubeObject);
  if (problem !== null) throw new Error(problem);
  return withDefaults(context, target, schema.prune(object as KubeObject).object);
}
