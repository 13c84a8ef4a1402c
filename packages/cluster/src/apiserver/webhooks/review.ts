import type { AdmissionAttributes, VersionedObjects } from './attributes.ts';

/** The `request` of an AdmissionReview, without its uid; also the variable of match conditions. */
export function reviewRequest(
  attributes: AdmissionAttributes,
  { target, object, oldObject }: VersionedObjects,
): Record<string, unknown> {
  const { subresource, name, namespace, operation, user, dryRun, options } = attributes;
  const asked = attributes.target.kind;
  const seen = target.kind;
  const subResource = subresource === '' ? {} : { subResource: subresource };
  return {
    kind: groupKind(attributes.kind ?? seen),
    resource: { group: seen.group, version: seen.version, resource: seen.plural },
    ...subResource,
    requestKind: groupKind(attributes.kind ?? asked),
    requestResource: { group: asked.group, version: asked.version, resource: asked.plural },
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: user,
    object,
    oldObject,
    dryRun,
    options,
  };
}

export function admissionReview(
  version: string,
  uid: string,
  request: Readonly<Record<string, unknown>>,
): object {
  return { kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request: { uid, ...request } };
}

/** What a webhook decided. */
export interface ReviewAnswer {
  readonly allowed: boolean;
  readonly warnings: readonly string[];
  /** A `Status` that explains a refusal. */
  readonly status: RefusalStatus | null;
  /** JSON patch operations as text; empty for none. */
  readonly patch: string;
  readonly patchType: string;
}

export interface RefusalStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: object;
}

interface RawResponse {
  readonly uid?: unknown;
  readonly allowed?: unknown;
  readonly status?: unknown;
  readonly warnings?: unknown;
  readonly patch?: unknown;
  readonly patchType?: unknown;
}

/** Reads the answer of a webhook; throws when it is none to the review that was sent. */
export function readReview(
  value: unknown,
  expected: { readonly version: string; readonly uid: string; readonly mayPatch: boolean },
): ReviewAnswer {
  const review = (value ?? {}) as { kind?: unknown; apiVersion?: unknown; response?: RawResponse | null };
  const { response } = review;
  if (typeof response !== 'object' || response === null) throw new Error('webhook response was absent');
  // The older version never had to repeat uid and version.
  if (expected.version === 'v1') requireSameReview(review, response, expected.uid);
  const patch = typeof response.patch === 'string' ? response.patch : '';
  const patchType = typeof response.patchType === 'string' ? response.patchType : null;
  if (expected.mayPatch) requirePatchWithType(patch, patchType, expected.version);
  else requireNoPatch(patch, patchType, expected.version);
  return {
    allowed: response.allowed === true,
    warnings: Array.isArray(response.warnings) ? response.warnings.map(String) : [],
    status: typeof response.status === 'object' ? (response.status as RefusalStatus | null) : null,
    patch: Buffer.from(patch, 'base64').toString(),
    patchType: patchType ?? 'JSONPatch',
  };
}

function requireSameReview(
  review: { readonly kind?: unknown; readonly apiVersion?: unknown },
  response: RawResponse,
  uid: string,
): void {
  if (response.uid !== uid) {
    throw new Error(`expected response.uid="${uid}", got ${JSON.stringify(response.uid ?? '')}`);
  }
  const expected = 'admission.k8s.io/v1, Kind=AdmissionReview';
  const found = `${String(review.apiVersion ?? '')}, Kind=${String(review.kind ?? '')}`;
  if (found !== expected) throw new Error(`expected webhook response of ${expected}, got ${found}`);
}

function requirePatchWithType(patch: string, patchType: string | null, version: string): void {
  if (version !== 'v1') return;
  if (patch !== '' && patchType === null)
    throw new Error('webhook returned response.patch but not response.patchType');
  if (patch === '' && patchType !== null)
    throw new Error('webhook returned response.patchType but not response.patch');
  if (patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
}

function requireNoPatch(patch: string, patchType: string | null, version: string): void {
  if (version !== 'v1') return;
  if (patch !== '') throw new Error('validating webhook may not return response.patch');
  if (patchType !== null) throw new Error('validating webhook may not return response.patchType');
}

function groupKind({ group, version, kind }: { group: string; version: string; kind: string }): object {
  return { group, version, kind };
}
