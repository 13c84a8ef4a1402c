import type { Converter, KubeObject } from '@weir/api/meta';
import { toError } from '@weir/core/errors';
import { BadReviewError, isRecord, textOf } from './decode.ts';

/** `apiextensions.k8s.io` review; v1 and v1beta1 have the same shape. */
export interface ConversionReview {
  readonly apiVersion: string;
  readonly kind: 'ConversionReview';
  readonly response: {
    readonly uid: string;
    readonly result: { readonly status: 'Success' | 'Failure'; readonly message?: string };
    readonly convertedObjects?: readonly KubeObject[];
  };
}

const apiVersions: readonly string[] = ['apiextensions.k8s.io/v1', 'apiextensions.k8s.io/v1beta1'];

/** Converts every object of the review, or none: one that cannot be converted fails all, named in the message. */
export function answerConversion(
  body: Record<string, unknown>,
  handlers: readonly Converter[],
): ConversionReview {
  const { apiVersion, kind, request } = body;
  if (kind !== 'ConversionReview' || !apiVersions.includes(textOf(apiVersion)))
    throw new BadReviewError(`expected a ConversionReview of ${apiVersions.join(' or ')}`);
  if (!isRecord(request) || !Array.isArray(request.objects))
    throw new BadReviewError('the ConversionReview has no objects');
  const uid = textOf(request.uid);
  const response = (answer: Omit<ConversionReview['response'], 'uid'>): ConversionReview => ({
    apiVersion: textOf(apiVersion),
    kind: 'ConversionReview',
    response: { uid, ...answer },
  });
  try {
    const convertedObjects = request.objects.map((object: unknown) =>
      convertOne(object, textOf(request.desiredAPIVersion), handlers),
    );
    return response({ result: { status: 'Success' }, convertedObjects });
  } catch (error) {
    return response({ result: { status: 'Failure', message: toError(error).message } });
  }
}

function convertOne(value: unknown, desiredApiVersion: string, handlers: readonly Converter[]): KubeObject {
  if (!isRecord(value) || !isRecord(value.metadata)) throw new Error('an object has no metadata');
  const object = value as unknown as KubeObject;
  const [group = '', version = ''] = desiredApiVersion.split('/');
  const handler = handlers.find((one) => one.group === group && one.kind === object.kind);
  const subject = `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
  if (handler === undefined) throw new Error(`${subject}: no conversion to ${desiredApiVersion}`);
  try {
    return handler.convert(object, version);
  } catch (error) {
    throw new Error(`${subject}: ${toError(error).message}`);
  }
}
