import type { FieldError, KubeStatus, ResourceKind } from '@weir/api/meta';
import { failureStatus, forbiddenStatus, invalidStatus } from '@weir/api/meta';
import { WeirError } from '@weir/core/errors';

type GroupResource = Pick<ResourceKind, 'group' | 'plural'>;

/** A failure that is answered with a `Status` in the words of Kubernetes. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: KubeStatus['details'];
  /** Shown to the user beside the failure. */
  readonly warnings: readonly string[];

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: KubeStatus['details'],
    warnings: readonly string[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.warnings = warnings;
  }

  toStatus(): KubeStatus {
    return failureStatus(this.code, this.reason, this.message, this.details);
  }
}

/** The same failure with what else there is to say. */
export function refusedWithWarnings(error: ApiError, warnings: readonly string[]): ApiError {
  const { code, reason, message, details } = error;
  return new ApiError(code, reason, message, details, [...error.warnings, ...warnings]);
}

/** Does what may be refused; warnings of before are told either way. */
export async function warningOnRefusal<T>(warnings: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, reason, message, details } = error;
    throw new ApiError(code, reason, message, details, [...warnings, ...error.warnings]);
  }
}

/** Anything thrown, as an answer. Failures of the store keep their status and text; bugs show no details. */
export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof WeirError) {
    return new ApiError(thrown.status, reasonOfCode[thrown.status] ?? 'InternalError', thrown.message);
  }
  return new ApiError(500, 'InternalError', 'Internal error occurred: see the log of the server');
}

const reasonOfCode: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  409: 'Conflict',
  422: 'Invalid',
  503: 'ServiceUnavailable',
  507: 'InsufficientStorage',
};

export function notFound(kind: GroupResource, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, detailsOf(kind, name));
}

export function pathNotFound(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(kind: GroupResource, name: string): ApiError {
  return new ApiError(
    409,
    'AlreadyExists',
    `${qualified(kind)} "${name}" already exists`,
    detailsOf(kind, name),
  );
}

export function conflict(kind: GroupResource, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(kind, name));
}

export function staleObject(kind: GroupResource, name: string): ApiError {
  return conflict(
    kind,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function invalidObject(kind: ResourceKind, name: string, errors: readonly FieldError[]): ApiError {
  return fromStatus(invalidStatus(kind, name, errors));
}

function fromStatus(status: KubeStatus): ApiError {
  return new ApiError(status.code ?? 500, status.reason ?? '', status.message ?? '', status.details);
}

/** Query parameters that are wrong; `options` is the kind that Kubernetes reads them into, such as CreateOptions. */
export function invalidOptions(options: string, error: FieldError): ApiError {
  const kind = { group: 'meta.k8s.io', version: 'v1', kind: options, plural: '', namespaced: false };
  return invalidObject(kind, '', [error]);
}

export function forbiddenWrite(kind: GroupResource, name: string, why: string): ApiError {
  return fromStatus(forbiddenStatus(kind, name, why));
}

export function namespaceTerminating(kind: GroupResource, name: string, namespace: string): ApiError {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { code, reason, message, details } = forbiddenWrite(kind, name, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new ApiError(code, reason, message, { ...details, causes: [cause] });
}

/** A user lacks a permission on a resource. */
export function forbiddenUser(
  username: string,
  attributes: {
    readonly verb: string;
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  },
): ApiError {
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const subject = group === '' ? resource : `${resource}.${group}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const object = name === '' ? subject : `${subject} "${name}"`;
  const message = `${object} is forbidden: User "${username}" cannot ${verb} resource "${full}" in API group "${group}" ${scope}`;
  return new ApiError(403, 'Forbidden', message, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

export function methodNotAllowed(): ApiError {
  return new ApiError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

export function notAcceptable(offered: string): ApiError {
  return new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${offered}`);
}

export function unsupportedMediaType(offered: string): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${offered}`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}

export function tooLarge(limit: number): ApiError {
  return new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
}

/** For what Kubernetes has and this server has not: named, never approximated. */
export function notImplemented(feature: string): ApiError {
  return new ApiError(501, 'NotImplemented', `${feature} is not implemented by this API server`);
}

/** `deployments.apps`, or `pods` for the core group. */
function qualified(kind: GroupResource): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

function detailsOf(kind: GroupResource, name: string): KubeStatus['details'] {
  return { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural };
}
