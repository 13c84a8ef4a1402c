import type { Endpoint } from '../framework/endpoint.ts';

/**
 * The endpoints that a subset hint allows. Absent: all. Entries are `ip` or `ip:port`; as in llm-d only the address
 * counts, so every port of a pod belongs to the subset with one of them.
 */
export function selectCandidates(
  endpoints: readonly Endpoint[],
  subset: readonly string[] | undefined,
): readonly Endpoint[] {
  if (subset === undefined) return endpoints;
  const addresses = new Set(subset.map(addressOf));
  return endpoints.filter((endpoint) => addresses.has(endpoint.metadata.address));
}

function addressOf(entry: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(entry);
  if (bracketed !== null) return bracketed[1] ?? '';
  const colon = entry.lastIndexOf(':');
  const isBareIpv6 = colon >= 0 && entry.indexOf(':') !== colon;
  return colon < 0 || isBareIpv6 ? entry : entry.slice(0, colon);
}
