import type { KubeStatus, ResourceKind } from '@weir/api/meta';
import { type LLMInferenceService, servingResources } from '@weir/api/serving';
import { toError } from '@weir/core/errors';
import { type Client, isKubeError, withDeadline } from '@weir/kube';
import type { Combined } from './config/combine.ts';
import {
  candidatePrefix,
  type RenderedCause,
  refuseRendered,
  renderedCandidate,
  suspendRendered,
} from './config/rendered-spec.ts';

type Cause = NonNullable<NonNullable<KubeStatus['details']>['causes']>[number];
type Composed = Extract<Combined, { type: 'combined' }>;

export interface RenderedVerdict {
  /** As given, or failed for the reason that the server has. */
  readonly combined: Combined;
  /** Why the server could not tell: it has to be asked again. */
  readonly unavailable: Error | null;
}

/** Longer than a defaulting and a validating webhook may take one after the other. */
const patienceMs = 30_000;

/**
 * Lets an API server judge a merged spec by a create that it does not carry out: schema, CEL rules and everybody's
 * webhooks. Only 422 says something about the spec; any other failure does not.
 */
export async function validateRendered(
  client: Pick<Client, 'create'>,
  service: LLMInferenceService,
  combined: Composed,
  signal: AbortSignal,
): Promise<RenderedVerdict> {
  const candidate = renderedCandidate(service, combined.spec);
  const options = { dryRun: true, signal: withDeadline(signal, patienceMs) };
  try {
    await client.create(servingResources.services as ResourceKind, candidate, options);
    return { combined, unavailable: null };
  } catch (error) {
    signal.throwIfAborted();
    const prefix = candidatePrefix(service.metadata.name ?? '');
    if (isKubeError(error) && error.code === 422)
      return { combined: refuseRendered(combined, causesOf(error.status, prefix)), unavailable: null };
    const unavailable = toError(error);
    const why = withoutGeneratedName(unavailable.message, prefix);
    return { combined: suspendRendered(combined, why), unavailable };
  }
}

function causesOf({ details, message = 'Invalid' }: KubeStatus, prefix: string): readonly RenderedCause[] {
  // The hint that rules were left out says nothing about the spec.
  const causes = (details?.causes ?? []).filter((cause) => !isAside(cause));
  if (causes.length === 0) return [{ field: '', message: withoutGeneratedName(message, prefix) }];
  return causes.map(({ field = '', message: text = '', reason = 'FieldValueInvalid' }) => ({
    field: field === '<nil>' ? '' : field,
    message: withoutGeneratedName(text, prefix),
    reason,
  }));
}

function isAside({ field, message }: Cause): boolean {
  return message === undefined || (field === '<nil>' && message.startsWith('Invalid value: null: '));
}

/** Two answers about the same spec must read alike: a status that changes would bring the service back at once. */
function withoutGeneratedName(text: string, prefix: string): string {
  const [first = '', ...rest] = text.split(prefix);
  return [first, ...rest.map((part) => part.replace(/^[a-z0-9]{5}/, '…'))].join(prefix);
}
