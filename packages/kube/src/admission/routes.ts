import type { AdmissionPlugin, Converter } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { answerBroken, answerMutating, answerUnchanged, answerValidating } from './admission-review.ts';
import { answerConversion } from './conversion-review.ts';
import { BadReviewError } from './decode.ts';

const mebibyte = 1024 * 1024;

/** One path of the webhook server: a body to an answer, both JSON. */
export interface WebhookRoute {
  readonly maxBodyBytes: number;
  answer(body: Record<string, unknown>, log: Logger): Promise<unknown>;
}

/** Object, old object and the envelope, each at the size that an API server accepts. */
const admissionBodyBytes = 8 * mebibyte;
/** A list is converted as a whole. */
const conversionBodyBytes = 128 * mebibyte;

export function validatingRoute(handlers: readonly AdmissionPlugin[]): WebhookRoute {
  return {
    maxBodyBytes: admissionBodyBytes,
    async answer(body, log) {
      try {
        return await answerValidating(body, handlers);
      } catch (error) {
        if (error instanceof BadReviewError) throw error;
        log.error('validating webhook failed', { error });
        return answerBroken(body);
      }
    },
  };
}

export function mutatingRoute(handlers: readonly AdmissionPlugin[]): WebhookRoute {
  return {
    maxBodyBytes: admissionBodyBytes,
    async answer(body, log) {
      try {
        return await answerMutating(body, handlers);
      } catch (error) {
        if (error instanceof BadReviewError) throw error;
        log.debug('object not understood, left to its schema', { error: toError(error).message });
        return answerUnchanged(body);
      }
    },
  };
}

export function conversionRoute(handlers: readonly Converter[]): WebhookRoute {
  return {
    maxBodyBytes: conversionBodyBytes,
    answer: async (body) => answerConversion(body, handlers),
  };
}
