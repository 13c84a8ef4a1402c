import type { Service } from '@weir/api/workloads';
import type { Store } from '../../store/store.ts';

/** Hands out ClusterIPs of one IPv4 range. The stored Services are the truth; what is promised meanwhile is kept here. */
export class ClusterIps {
  readonly #base: number;
  readonly #size: number;
  readonly #cidr: string;
  readonly #store: Store;
  readonly #promised = new Set<string>();

  constructor(cidr: string, store: Store) {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
    const numbers = (match ?? []).slice(1).map(Number);
    const [a = 0, b = 0, c = 0, d = 0, prefix = 33] = numbers;
    if (match === null || [a, b, c, d].some((part) => part > 255) || prefix < 8 || prefix > 30) {
      throw new Error(`serviceCidr "${cidr}" is not an IPv4 range such as 127.79.0.0/20`);
    }
    this.#cidr = cidr;
    this.#size = 2 ** (32 - prefix);
    const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
    this.#base = address - (address % this.#size);
    this.#store = store;
  }

  /** A free address, or null when there is none left. */
  allocate(): string | null {
    const used = this.#used();
    // Host 0 and the last one are not addresses of hosts; 1 is the API server's by custom.
    for (let host = 2; host < this.#size - 1; host++) {
      const ip = this.#text(this.#base + host);
      if (used.has(ip)) continue;
      this.#promised.add(ip);
      return ip;
    }
    return null;
  }

  /** Takes the address that a client asks for; the reason why not, or null. */
  claim(ip: string): string | null {
    if (!this.#contains(ip)) {
      return `failed to allocate IP ${ip}: the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${this.#cidr}`;
    }
    if (this.#used().has(ip)) return `failed to allocate IP ${ip}: provided IP is already allocated`;
    this.#promised.add(ip);
    return null;
  }

  release(ip: string): void {
    this.#promised.delete(ip);
  }

  #used(): Set<string> {
    const stored = this.#store.list('/services').map((object) => (object as Service).spec?.clusterIP ?? '');
    return new Set([...stored, ...this.#promised]);
  }

  #contains(ip: string): boolean {
    const parts = ip.split('.').map(Number);
    if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255))
      return false;
    const address = parts.reduce((sum, part) => sum * 256 + part, 0);
    return address > this.#base && address < this.#base + this.#size - 1;
  }

  #text(address: number): string {
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
  }
}
