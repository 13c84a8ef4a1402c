import { randomUUID } from 'node:crypto';
import { toError } from '@weir/core/errors';
import { ApiError } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { CompiledWebhook } from './compiled-webhook.ts';
import { CallError, deniedBy, dryRunUnsupported, internalError } from './refusals.ts';
import { admissionReview, type ReviewAnswer, readReview } from './review.ts';

const defaultTimeoutSeconds = 10;
/** An object and its patch, both in base64 and with room for more. */
const maxAnswerBytes = 16 * 1024 * 1024;

interface Call {
  readonly request: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  readonly mayPatch: boolean;
  /** Collects what the webhook wants the user to know, also when it refuses. */
  readonly warnings: string[];
}

/** Asks one webhook. Returns its answer when it allows the request; see `refusalFrom` for what it throws otherwise. */
export async function callWebhook(
  context: ServerContext,
  webhook: CompiledWebhook,
  call: Call,
): Promise<ReviewAnswer> {
  const hasNoSideEffects = webhook.sideEffects === 'None' || webhook.sideEffects === 'NoneOnDryRun';
  if (call.dryRun && !hasNoSideEffects) throw dryRunUnsupported(webhook.name);
  const answer = await ask(context, webhook, call);
  call.warnings.push(...answer.warnings);
  if (!answer.allowed) throw deniedBy(webhook.name, answer.status);
  return answer;
}

async function ask(
  { webhookClient }: ServerContext,
  webhook: CompiledWebhook,
  { request, mayPatch }: Call,
): Promise<ReviewAnswer> {
  const { name, reviewVersion: version, clientConfig: config } = webhook;
  if (version === null) {
    const reason = 'webhook does not accept known AdmissionReview versions (v1, v1beta1)';
    throw new CallError(name, `could not create admission objects: ${reason}`);
  }
  const uid = randomUUID();
  const body = admissionReview(version, uid, request);
  const { timeoutSeconds = defaultTimeoutSeconds } = webhook;
  let answer: unknown;
  try {
    answer = await webhookClient.call({ config, body, timeoutSeconds, saysTimeout: true, maxAnswerBytes });
  } catch (cause) {
    throw new CallError(name, `failed to call webhook: ${toError(cause).message}`, { cause });
  }
  try {
    return readReview(answer, { version, uid, mayPatch });
  } catch (cause) {
    throw new CallError(name, `received invalid webhook response: ${toError(cause).message}`, { cause });
  }
}

/** What the user gets for a webhook that said no or failed; null when the failure is to be ignored. */
export function refusalFrom(
  context: ServerContext,
  webhook: CompiledWebhook,
  error: unknown,
): ApiError | null {
  if (error instanceof ApiError) return error;
  if (!(error instanceof CallError)) throw error;
  if (!webhook.ignoresFailures) return internalError(error.message);
  context.log.warn('webhook failed and is ignored', { webhook: webhook.name, error: error.message });
  return null;
}
