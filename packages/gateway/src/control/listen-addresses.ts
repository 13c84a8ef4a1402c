import { keyText, type ObjectKey } from '@weir/api/meta';

export interface ListenAddresses {
  /** Of the default Gateway. */
  readonly primary: string;
  /** Of the n-th further Gateway, n from 1. */
  further(n: number): string;
}

export const defaultListenAddresses: ListenAddresses = {
  primary: '127.0.0.1',
  further: (n) => `127.77.0.${n}`,
};

/** The address of every Gateway. One that a Gateway had (in its status) stays with it; others get the first free one. */
export function assignAddresses(
  gateways: readonly { readonly key: ObjectKey; readonly current: string | undefined }[],
  addresses: ListenAddresses,
  primary: ObjectKey,
): Map<string, string> {
  const known = new Map(Array.from({ length: 250 }, (_, i) => [addresses.further(i + 1), i + 1]));
  const assigned = new Map<string, string>();
  const taken = new Set<string>();
  const others = gateways.filter(({ key }) => keyText(key) !== keyText(primary));
  for (const { key, current } of others) {
    if (current === undefined || !known.has(current) || taken.has(current)) continue;
    assigned.set(keyText(key), current);
    taken.add(current);
  }
  for (const { key } of others) {
    if (assigned.has(keyText(key))) continue;
    const free = [...known.keys()].find((address) => !taken.has(address)) ?? addresses.primary;
    assigned.set(keyText(key), free);
    taken.add(free);
  }
  if (gateways.length > others.length) assigned.set(keyText(primary), addresses.primary);
  return assigned;
}

/** The port that a listener's port is bound at: privileged ones move above the port base. */
export function boundPort(port: number, portBase: number): number {
  return port >= 1024 ? port : portBase + port;
}
