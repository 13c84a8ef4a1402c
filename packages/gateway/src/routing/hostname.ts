import type { Hostname } from './table.ts';

export function parseHostname(text: string | undefined): Hostname {
  if (text === undefined || text === '' || text === '*') return { type: 'any' };
  const lower = text.toLowerCase();
  return lower.startsWith('*.')
    ? { type: 'wildcard', suffix: lower.slice(1) }
    : { type: 'exact', name: lower };
}

export function formatHostname(hostname: Hostname): string {
  if (hostname.type === 'any') return '*';
  return hostname.type === 'exact' ? hostname.name : `*${hostname.suffix}`;
}

/** The hosts that both stand for, or null when there are none. */
export function intersectHostnames(a: Hostname, b: Hostname): Hostname | null {
  if (a.type === 'any') return b;
  if (b.type === 'any') return a;
  if (a.type === 'exact' && b.type === 'exact') return a.name === b.name ? a : null;
  if (a.type === 'exact') return isUnder(a.name, b) ? a : null;
  if (b.type === 'exact') return isUnder(b.name, a) ? b : null;
  if (a.suffix.endsWith(b.suffix)) return a;
  return b.suffix.endsWith(a.suffix) ? b : null;
}

/** Sorts exact names first, then longer wildcards, then any. */
export function compareHostnames(a: Hostname, b: Hostname): number {
  return rank(b) - rank(a);
}

function rank(hostname: Hostname): number {
  if (hostname.type === 'any') return 0;
  return hostname.type === 'wildcard' ? hostname.suffix.length : 1000 + hostname.name.length;
}

function isUnder(name: string, wildcard: Hostname): boolean {
  return (
    wildcard.type === 'wildcard' && name.length > wildcard.suffix.length && name.endsWith(wildcard.suffix)
  );
}
