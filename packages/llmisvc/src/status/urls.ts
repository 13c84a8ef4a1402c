import type { PlatformConfig } from '../config/platform-config.ts';

/** Host names and addresses that only work inside a network or a cluster. */
export function isInternalHost(host: string, platform: Pick<PlatformConfig, 'clusterDomain'>): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (isPrivateAddress(name)) return true;
  const suffixes = [`.${platform.clusterDomain}`, '.local', '.localhost', '.internal'];
  return name === 'localhost' || suffixes.some((suffix) => name.endsWith(suffix));
}

function isPrivateAddress(host: string): boolean {
  if (host.includes(':')) return host === '::1' || /^f[cd]/.test(host) || /^fe[89ab]/.test(host);
  const octets = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host);
  if (octets === null) return false;
  const [first, second] = [Number(octets[1]), Number(octets[2])];
  return (
    first === 10 ||
    first === 127 ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 169 && second === 254)
  );
}

/** A URL without the port that its scheme implies; IPv6 addresses get their brackets. */
export function urlText(scheme: string, host: string, port: number, path: string): string {
  const shownHost = host.includes(':') ? `[${host}]` : host;
  const isImplied = (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443);
  return `${scheme}://${shownHost}${isImplied ? '' : `:${port}`}${path}`;
}
