import { toError } from '@weir/core/errors';
import { forbiddenWrite } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import { toVersion } from '../rest/versions.ts';
import type { AdmissionAttributes, VersionedObjects } from './attributes.ts';
import type { CompiledWebhook } from './compiled-webhook.ts';
import { matchRules } from './match-rules.ts';
import { matchesNamespace, matchesObject } from './match-selectors.ts';
import { internalError } from './refusals.ts';
import { reviewRequest } from './review.ts';

export interface Selected {
  readonly objects: VersionedObjects;
  readonly request: Readonly<Record<string, unknown>>;
}

/** The request as a webhook has to see it, or null when it is none of its business. */
export async function selectWebhook(
  context: ServerContext,
  webhook: CompiledWebhook,
  attributes: AdmissionAttributes,
  inVersion: (target: Target) => Promise<VersionedObjects>,
): Promise<Selected | null> {
  const target = matchRules(webhook, attributes);
  if (target === null || !matchesObject(webhook, attributes)) return null;
  if (!matchesNamespace(webhook, attributes, context.store)) return null;
  const objects = await inVersion(target);
  const request = reviewRequest(attributes, objects);
  if (webhook.conditions === null) return { objects, request };
  const { object, oldObject } = objects;
  const { isMatch, failed } = webhook.conditions({ object, oldObject, request });
  if (isMatch) return { objects, request };
  if (failed.length === 0 || webhook.ignoresFailures) return null;
  const why = failed.length === 1 ? failed.join() : `[${failed.join(', ')}]`;
  throw forbiddenWrite(attributes.target.kind, attributes.name, why);
}

/** Both objects of a request in another version of their kind. */
export async function convertObjects(objects: VersionedObjects, target: Target): Promise<VersionedObjects> {
  if (objects.target.version.name === target.version.name) return objects;
  const { served, version } = target;
  try {
    const [object, oldObject] = await Promise.all(
      [objects.object, objects.oldObject].map((one) =>
        // Objects of a subresource such as Scale are the same in every version.
        one === null || one.kind !== served.kind ? one : toVersion(served, one, version.name),
      ),
    );
    return { target, object: object ?? null, oldObject: oldObject ?? null };
  } catch (error) {
    throw internalError(toError(error).message);
  }
}

const configurationKinds: readonly string[] = [
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
];

/** Nobody may be locked out of repairing webhooks by webhooks. */
export function isExempt({ kind }: Target): boolean {
  return kind.group === 'admissionregistration.k8s.io' && configurationKinds.includes(kind.kind);
}
