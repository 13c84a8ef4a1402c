import { type FieldError, fieldErrorBody, fieldErrorReason, fieldErrorText } from './field-error.ts';
import type { KubeStatus, ResourceKind } from './objects.ts';

type Details = NonNullable<KubeStatus['details']>;

export function failureStatus(code: number, reason: string, message: string, details?: Details): KubeStatus {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

/** 422: every rejected field is a cause. */
export function invalidStatus(
  kind: Pick<ResourceKind, 'group' | 'kind'>,
  name: string,
  errors: readonly FieldError[],
): KubeStatus {
  const texts = [...new Set(errors.map(fieldErrorText))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const title = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  return failureStatus(422, 'Invalid', `${title} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.kind,
    causes: errors.map((error) => ({
      reason: fieldErrorReason(error),
      message: fieldErrorBody(error),
      field: error.path === '' ? '<nil>' : error.path,
    })),
  });
}

/** 403: the write is refused for a reason that no single field has. */
export function forbiddenStatus(
  kind: Pick<ResourceKind, 'group' | 'plural'>,
  name: string,
  why: string,
): KubeStatus {
  const subject = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  return failureStatus(403, 'Forbidden', `${subject} "${name}" is forbidden: ${why}`, {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
  });
}
