import { randomUUID } from 'node:crypto';
import type { KubeObject } from '@weir/api/meta';
import type { CustomResourceDefinition, WebhookConversion } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { ApiError } from '../api-error.ts';
import { rememberedConversion } from '../registry/conversion.ts';
import type { Conversion } from '../registry/served-kind.ts';
import { acceptConverted } from './converted-object.ts';
import type { WebhookClient } from './webhook-client.ts';

interface ConversionResponse {
  readonly uid?: string;
  readonly result?: { readonly status?: string; readonly message?: string };
  readonly convertedObjects?: readonly unknown[];
}

/** The other side is not told of a limit, but must not hold a request for ever. */
const timeoutSeconds = 30;
/** A list is converted as a whole. */
const maxAnswerBytes = 128 * 1024 * 1024;
const knownVersions: readonly string[] = ['v1', 'v1beta1'];

/** Conversion by the webhook that a definition names: one call for all objects of a list. */
export function webhookConversion(
  definition: CustomResourceDefinition,
  webhook: WebhookConversion,
  client: WebhookClient,
): Conversion {
  const { group } = definition.spec;
  return rememberedConversion(async (objects, toVersion) => {
    const desired = `${group}/${toVersion}`;
    const pending = objects.filter((object) => object.apiVersion !== desired);
    const [first] = pending;
    if (first === undefined) return objects;
    const subject = `conversion webhook for ${first.apiVersion}, Kind=${first.kind}`;
    try {
      const converted = await convertAll(pending, { desired, webhook, client, subject });
      const byOriginal = new Map(pending.map((object, index) => [object, converted[index] ?? object]));
      return objects.map((object) => byOriginal.get(object) ?? object);
    } catch (error) {
      // A failure of the webhook is no bug of the server: users see its whole text.
      throw new ApiError(500, '', toError(error).message);
    }
  });
}

async function convertAll(
  objects: readonly KubeObject[],
  options: {
    readonly desired: string;
    readonly webhook: WebhookConversion;
    readonly client: WebhookClient;
    readonly subject: string;
  },
): Promise<readonly KubeObject[]> {
  const { desired, webhook, client, subject } = options;
  const version = webhook.conversionReviewVersions.find((one) => knownVersions.includes(one));
  if (version === undefined) throw new Error('no supported conversion review versions');
  const apiVersion = `apiextensions.k8s.io/${version}`;
  const uid = randomUUID();
  const request = { uid, desiredAPIVersion: desired, objects };
  const body = { kind: 'ConversionReview', apiVersion, request, response: emptyResponse };
  const config = webhook.clientConfig ?? {};
  let converted: readonly unknown[];
  try {
    const answer = await client.call({ config, body, timeoutSeconds, saysTimeout: false, maxAnswerBytes });
    converted = convertedObjects(answer, apiVersion, uid);
  } catch (error) {
    throw new Error(`${subject} failed: ${toError(error).message}`);
  }
  if (converted.length !== objects.length) {
    throw new Error(`${subject} returned ${converted.length} objects, expected ${objects.length}`);
  }
  const isList = objects.length > 1;
  return objects.map((object, index) =>
    acceptConverted(object, converted[index], { desired, subject, place: isList ? index : null }),
  );
}

const emptyResponse = { uid: '', convertedObjects: null, result: { metadata: {} } };

function convertedObjects(answer: unknown, apiVersion: string, uid: string): readonly unknown[] {
  const review = (answer ?? {}) as {
    kind?: string;
    apiVersion?: string;
    response?: ConversionResponse | null;
  };
  const isStrict = apiVersion.endsWith('/v1');
  if (isStrict && (review.kind !== 'ConversionReview' || review.apiVersion !== apiVersion)) {
    const found = `${review.apiVersion ?? ''}, Kind=${review.kind ?? ''}`;
    throw new Error(`expected webhook response of ${apiVersion}, Kind=ConversionReview, got ${found}`);
  }
  const { response } = review;
  if (response === undefined || response === null) throw new Error('no response provided');
  if (isStrict && response.uid !== uid) {
    throw new Error(`expected response.uid="${uid}", got ${JSON.stringify(response.uid ?? '')}`);
  }
  const { status = '', message = '' } = response.result ?? {};
  if (status !== 'Success') {
    throw new Error(message === '' ? `response.result.status was '${status}', not 'Success'` : message);
  }
  return response.convertedObjects ?? [];
}
