import type { RawRequest } from './raw-request.ts';

/** Requests that are sent to the embedded server and to kube-apiserver in the same order; the answers must agree. */
export interface ApiCase extends RawRequest {
  readonly what: string;
  /** Compare only status code and these top-level fields. */
  readonly only?: readonly string[];
}

/** Media types. */
export const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
export const merge = 'application/merge-patch+json';
export const json = 'application/json-patch+json';
export const strategic = 'application/strategic-merge-patch+json';
export const apply = 'application/apply-patch+yaml';

export function create(what: string, path: string, body: unknown, only?: readonly string[]): ApiCase {
  return { what, method: 'POST', path, body, ...(only === undefined ? {} : { only }) };
}

export function patch(
  what: string,
  path: string,
  type: string,
  body: unknown,
  only?: readonly string[],
): ApiCase {
  return { what, method: 'PATCH', path, type, body, ...(only === undefined ? {} : { only }) };
}

export function get(what: string, path: string, accept?: string): ApiCase {
  return { what, method: 'GET', path, ...(accept === undefined ? {} : { accept }) };
}

export function remove(what: string, path: string, body?: unknown): ApiCase {
  return { what, method: 'DELETE', path, ...(body === undefined ? {} : { body }) };
}
