import { invalidStatus, type KubeObject, type KubeStatus, type ResourceKind } from '@weir/api/meta';
import { type LLMInferenceService, reviewService, servingResources } from '@weir/api/serving';
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

const kind = servingResources.services as ResourceKind;

/** Longer than a mutating and a validating webhook may take one after the other. */
const patienceMs = 30_000;

/**
 * Lets an API server judge a merged spec by a create that it does not carry out: schema, CEL rules and the webhooks of
 * others. Ours would come back to this process, and what it would say is said here about what the server made of the
 * spec. Only 422 says something about the spec; any other failure does not.
 */
export async function validateRendered(
  client: Pick<Client, 'create'>,
  service: LLMInferenceService,
  combined: Composed,
  signal: AbortSignal,
): Promise<RenderedVerdict> {
  const candidate = renderedCandidate(service, combined.spec);
  const options = { dryRun: true, signal: withDeadline(signal, patienceMs) };
  const prefix = candidatePrefix(service.metadata.name ?? '');
  try {
    const refusal = refusalOf(await client.create(kind, candidate, options));
    return { combined: refusal === null ? combined : refused(combined, refusal, prefix), unavailable: null };
  } catch (error) {
    signal.throwIfAborted();
    if (isKubeError(error) && error.code === 422)
      return { combined: refused(combined, error.status, prefix), unavailable: null };
    const unavailable = toError(error);
    const why = withoutGeneratedName(unavailable.message, prefix);
    return { combined: suspendRendered(combined, why), unavailable };
  }
}

/** What our validating webhook answers. */
function refusalOf(object: KubeObject): KubeStatus | null {
  const request = { operation: 'CREATE', kind, object, oldObject: null, dryRun: true } as const;
  const { errors = [] } = reviewService(request);
  return errors.length === 0 ? null : invalidStatus(kind, object.metadata.name ?? '', errors);
}

function refused(composed: Composed, status: KubeStatus, prefix: string): Combined {
  return refuseRendered(composed, causesOf(status, prefix));
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
