import type { AdmissionPlugin, AdmissionRequest, AdmissionResult } from '@weir/api/meta';
import {
  failureStatus,
  forbiddenStatus,
  invalidStatus,
  type KubeObject,
  type KubeStatus,
  type ResourceKind,
} from '@weir/api/meta';
import jsonPatch from 'fast-json-patch';
import { BadReviewError, isRecord, textOf } from './decode.ts';

/** `admission.k8s.io` review; v1 and v1beta1 have the same shape. */
export interface AdmissionReview {
  readonly apiVersion: string;
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionReviewResponse;
}

interface AdmissionReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: KubeStatus;
  readonly warnings?: readonly string[];
  readonly patchType?: 'JSONPatch';
  /** JSON patch in base64. */
  readonly patch?: string;
}

interface ReadReview {
  readonly apiVersion: string;
  readonly uid: string;
  readonly name: string;
  readonly subresource: string;
  readonly request: AdmissionRequest;
}

type Answer = Omit<AdmissionReviewResponse, 'uid'>;

const apiVersions: readonly string[] = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'];

/** Answers a validating review: what the handler refuses is refused with its causes. */
export function answerValidating(
  body: Record<string, unknown>,
  handlers: readonly AdmissionPlugin[],
): Promise<AdmissionReview> {
  return answer(body, handlers, (review, result) => ({
    ...refusalOf(review, result),
    ...(result.warnings === undefined ? {} : { warnings: result.warnings }),
  }));
}

/**
 * Answers a mutating review: the handler's changes as a JSON patch. It never refuses: the object has not met its schema
 * yet, and whoever sees it after that speaks in the right order.
 */
export function answerMutating(
  body: Record<string, unknown>,
  handlers: readonly AdmissionPlugin[],
): Promise<AdmissionReview> {
  return answer(body, handlers, (review, result) => patchOf(review.request.object, result.object));
}

async function answer(
  body: Record<string, unknown>,
  handlers: readonly AdmissionPlugin[],
  toAnswer: (review: ReadReview, result: AdmissionResult) => Answer,
): Promise<AdmissionReview> {
  const review = readReview(body);
  const handler = handlers.find((one) => one.matches(review.request.kind, review.subresource));
  const result = handler === undefined ? {} : await handler.review(review.request);
  const response = { uid: review.uid, ...toAnswer(review, result) };
  return { apiVersion: review.apiVersion, kind: 'AdmissionReview', response };
}

/** The answer of a handler that broke: neither allowed nor the user's fault. */
export function answerBroken(body: Record<string, unknown>): AdmissionReview {
  const { apiVersion, uid } = readReview(body);
  const status = failureStatus(500, 'InternalError', 'the webhook failed: see the log of the controller');
  return { apiVersion, kind: 'AdmissionReview', response: { uid, allowed: false, status } };
}

/** The answer of a mutating webhook that cannot read the object: its schema says what is wrong. */
export function answerUnchanged(body: Record<string, unknown>): AdmissionReview {
  const { apiVersion, uid } = readReview(body);
  return { apiVersion, kind: 'AdmissionReview', response: { uid, allowed: true } };
}

function refusalOf({ name, request }: ReadReview, result: AdmissionResult): Answer {
  if (result.forbidden !== undefined)
    return { allowed: false, status: forbiddenStatus(request.kind, name, result.forbidden) };
  if (result.errors !== undefined && result.errors.length > 0)
    return { allowed: false, status: invalidStatus(request.kind, name, result.errors) };
  return { allowed: true };
}

function patchOf(before: KubeObject | null, after: KubeObject | undefined): Answer {
  if (before === null || after === undefined) return { allowed: true };
  const operations = jsonPatch.compare(before, after);
  if (operations.length === 0) return { allowed: true };
  const patch = Buffer.from(JSON.stringify(operations)).toString('base64');
  return { allowed: true, patchType: 'JSONPatch', patch };
}

function readReview(body: Record<string, unknown>): ReadReview {
  const { apiVersion, kind, request } = body;
  if (kind !== 'AdmissionReview' || !apiVersions.includes(textOf(apiVersion)))
    throw new BadReviewError(`expected an AdmissionReview of ${apiVersions.join(' or ')}`);
  if (!isRecord(request)) throw new BadReviewError('the AdmissionReview has no request');
  const operation = textOf(request.operation);
  if (operation !== 'CREATE' && operation !== 'UPDATE' && operation !== 'DELETE')
    throw new BadReviewError(`the operation "${operation}" is not reviewed`);
  const object = objectOf(request.object);
  const oldObject = objectOf(request.oldObject);
  return {
    apiVersion: textOf(apiVersion),
    uid: textOf(request.uid),
    name: textOf(request.name) || object?.metadata.name || oldObject?.metadata.name || '',
    subresource: textOf(request.subResource),
    request: { operation, kind: kindOf(request), object, oldObject, dryRun: request.dryRun === true },
  };
}

function kindOf(request: Record<string, unknown>): ResourceKind {
  const kind = isRecord(request.kind) ? request.kind : {};
  const resource = isRecord(request.resource) ? request.resource : {};
  return {
    group: textOf(kind.group),
    version: textOf(kind.version),
    kind: textOf(kind.kind),
    plural: textOf(resource.resource),
    namespaced: textOf(request.namespace) !== '',
  };
}

function objectOf(value: unknown): KubeObject | null {
  if (value === null || value === undefined) return null;
  if (!isRecord(value) || !isRecord(value.metadata))
    throw new BadReviewError('the object under review has no metadata');
  return value as unknown as KubeObject;
}
