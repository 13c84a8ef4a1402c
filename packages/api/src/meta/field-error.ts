import { canonicalJson } from '@weir/core/hash';

/** One rejected field, as Kubernetes' field errors: what is wrong, where, and with which value. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** Field path such as `spec.containers[0].name`; empty for the object as a whole. */
  readonly path: string;
  readonly value?: unknown;
  readonly detail: string;
  /** What to do about it, where the wording of the detail is not ours: tools print it, an API server does not. */
  readonly hint?: string;
}

export type FieldErrorType =
  | 'Invalid'
  | 'Required'
  | 'NotSupported'
  | 'Forbidden'
  | 'Duplicate'
  | 'TooLong'
  | 'TooMany'
  | 'TypeInvalid'
  | 'NotFound';

const titles: Readonly<Record<FieldErrorType, string>> = {
  Invalid: 'Invalid value',
  Required: 'Required value',
  NotSupported: 'Unsupported value',
  Forbidden: 'Forbidden',
  Duplicate: 'Duplicate value',
  TooLong: 'Too long',
  TooMany: 'Too many',
  TypeInvalid: 'Invalid value',
  NotFound: 'Not found',
};

const withoutValue: readonly FieldErrorType[] = ['Required', 'Forbidden', 'TooLong'];

export function invalid(path: string, value: unknown, detail: string, hint?: string): FieldError {
  return { type: 'Invalid', path, value, detail, ...advice(hint) };
}

export function typeInvalid(path: string, value: unknown, detail: string): FieldError {
  return { type: 'TypeInvalid', path, value, detail };
}

export function required(path: string, detail = '', hint?: string): FieldError {
  return { type: 'Required', path, detail, ...advice(hint) };
}

export function forbidden(path: string, detail: string, hint?: string): FieldError {
  return { type: 'Forbidden', path, detail, ...advice(hint) };
}

export function duplicate(path: string, value: unknown): FieldError {
  return { type: 'Duplicate', path, value, detail: '' };
}

export function notSupported(path: string, value: unknown, supported: readonly unknown[]): FieldError {
  const detail =
    supported.length === 0
      ? ''
      : `supported values: ${supported.map((one) => quote(String(one))).join(', ')}`;
  return { type: 'NotSupported', path, value, detail };
}

export function tooLong(path: string, maxLength: number): FieldError {
  const unit = maxLength === 1 ? 'byte' : 'bytes';
  return { type: 'TooLong', path, detail: `may not be more than ${maxLength} ${unit}` };
}

export function tooMany(path: string, actual: number, max: number): FieldError {
  const unit = max === 1 ? 'item' : 'items';
  return { type: 'TooMany', path, value: actual, detail: `must have at most ${max} ${unit}` };
}

/** A reference within the object leads nowhere. */
export function notFoundValue(path: string, value: unknown): FieldError {
  return { type: 'NotFound', path, value, detail: '' };
}

/** The error without its path, as `details.causes[].message` carries it: `Invalid value: "y": detail`. */
export function fieldErrorBody(error: FieldError): string {
  const title = titles[error.type];
  const shown =
    withoutValue.includes(error.type) || error.value === undefined ? title : `${title}: ${show(error.value)}`;
  return error.detail === '' ? shown : `${shown}: ${error.detail}`;
}

/** `spec.x: Invalid value: "y": detail`, the line that kubectl prints. */
export function fieldErrorText(error: FieldError): string {
  return `${error.path === '' ? '<nil>' : error.path}: ${fieldErrorBody(error)}`;
}

/** The machine-readable reason in `details.causes[].reason`. */
export function fieldErrorReason(error: FieldError): string {
  return `FieldValue${error.type}`;
}

function advice(hint: string | undefined): Pick<FieldError, 'hint'> {
  return hint === undefined ? {} : { hint };
}

function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  // Keys sorted, as Go prints maps: the answer does not depend on who decoded the object.
  return canonicalJson(value);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
