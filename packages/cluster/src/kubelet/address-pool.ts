import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { dirname } from 'node:path';
import { defineErrors } from '@weir/core/errors';
import type { AddressPool } from './contracts.ts';

const errors = defineErrors('KUBELET', {
  ADDRESSES_EXHAUSTED: {
    status: 503,
    message: 'all {count} pod addresses of {cidr} are in use — delete pods or give the node a larger range',
    docs: 'Every pod of a node needs an address of its own.',
  },
  ADDRESS_RANGE_INVALID: {
    status: 400,
    message: 'pod address range {cidr} is not an IPv4 range such as 127.78.0.0/20',
    docs: 'Pods listen on addresses of this range: they must be local to the machine.',
  },
});

interface Assignments {
  readonly next: number;
  readonly addresses: Readonly<Record<string, string>>;
}

/** A pool over a range of addresses that are local to this machine, kept in a file. Goes round the range, so that a freed address rests for long. */
export function createAddressPool(options: { readonly cidr: string; readonly file: string }): AddressPool {
  const { first, count } = parseRange(options.cidr);
  const saved = load(options.file);
  // The range may have changed since: the former one can belong to somebody else now.
  const addresses = new Map(
    Object.entries(saved.addresses).filter(([, address]) => isWithin(address, first, count)),
  );
  let next = saved.next;

  const save = (): void => {
    mkdirSync(dirname(options.file), { recursive: true });
    writeFileSync(`${options.file}.new`, JSON.stringify({ next, addresses: Object.fromEntries(addresses) }));
    renameSync(`${options.file}.new`, options.file);
  };

  return {
    acquire: (owner) => {
      const existing = addresses.get(owner);
      if (existing !== undefined) return existing;
      const taken = new Set(addresses.values());
      for (let tries = 0; tries < count; tries++) {
        const candidate = first + (next % count);
        next = (next + 1) % count;
        const last = candidate & 0xff;
        const address = toText(candidate);
        // .0 and .255 look like network addresses to some programs.
        if (last === 0 || last === 255 || taken.has(address)) continue;
        addresses.set(owner, address);
        save();
        return address;
      }
      throw errors.ADDRESSES_EXHAUSTED({ count: addresses.size, cidr: options.cidr });
    },
    release: (owner) => {
      if (addresses.delete(owner)) save();
    },
    owners: () => [...addresses.keys()],
  };
}

function parseRange(cidr: string): { readonly first: number; readonly count: number } {
  const [, text = '', prefix = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(cidr) ?? [];
  const count = 2 ** (32 - Number(prefix));
  if (!isIPv4(text) || Number(prefix) < 8 || Number(prefix) > 30)
    throw errors.ADDRESS_RANGE_INVALID({ cidr });
  const address = toNumber(text);
  return { first: address - (address % count), count };
}

function isWithin(text: string, first: number, count: number): boolean {
  const address = toNumber(text);
  return address >= first && address < first + count;
}

function toNumber(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}

function load(file: string): Assignments {
  try {
    const saved = JSON.parse(readFileSync(file, 'utf8')) as Assignments;
    return { next: Number(saved.next) || 0, addresses: { ...saved.addresses } };
  } catch {
    // First start, or a file cut short: pods get new addresses.
    return { next: 0, addresses: {} };
  }
}
