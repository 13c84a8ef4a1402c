import { badRequest } from './api-error.ts';

/** A path under /api or /apis that names a collection, an object or a subresource. */
export interface ResourceRoute {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Empty across namespaces and for cluster-scoped kinds. */
  readonly namespace: string;
  /** Empty for a collection. */
  readonly name: string;
  readonly subresource: string;
}

/** Splits a path into decoded segments, without empty ones at either end. */
export function segmentsOf(path: string): string[] {
  try {
    return path
      .replace(/^\/+|\/+$/g, '')
      .split('/')
      .map(decodeURIComponent);
  } catch {
    throw badRequest(`the path ${path} is not correctly percent-encoded`);
  }
}

/** The resource that a path names; null for other paths, discovery among them. */
export function parseResourceRoute(segments: readonly string[]): ResourceRoute | null {
  const [root, ...rest] = segments;
  if (root === 'api' && rest.length >= 2) return inVersion('', rest[0] ?? '', rest.slice(1));
  if (root === 'apis' && rest.length >= 3) return inVersion(rest[0] ?? '', rest[1] ?? '', rest.slice(2));
  return null;
}

const namespaceSubresources: readonly string[] = ['status', 'finalize'];

function inVersion(group: string, version: string, parts: readonly string[]): ResourceRoute | null {
  const isInNamespace =
    parts[0] === 'namespaces' && parts.length >= 3 && !namespaceSubresources.includes(parts[2] ?? '');
  const namespace = isInNamespace ? (parts[1] ?? '') : '';
  const [plural = '', name = '', ...more] = isInNamespace ? parts.slice(2) : parts;
  if (plural === '' || parts.includes('')) return null;
  return { group, version, plural, namespace, name, subresource: more.join('/') };
}
