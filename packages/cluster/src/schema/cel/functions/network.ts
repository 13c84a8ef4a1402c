import { BlockList, isIP as ipVersion } from 'node:net';
import { type CelFunc, CelScalar, celFunc, celMethod } from '@bufbuild/cel';
import { isCidr } from '../../formats.ts';
import { opaque, opaqueType, textOf } from './opaque.ts';

const { BOOL, DYN, INT, STRING } = CelScalar;

/** `ip`, `cidr` and `url` with their methods. */
export const networkFunctions: readonly CelFunc[] = [
  celFunc('isIP', [STRING], BOOL, isIp),
  celFunc('ip', [STRING], DYN, (text) => opaque('ip', canonicalIp(text))),
  celFunc('ip.isCanonical', [STRING], BOOL, (text) => canonicalIp(text) === text),
  celMethod('family', opaqueType, [], INT, function () {
    return BigInt(ipVersion(textOf(this, 'ip')));
  }),
  ...Object.entries({
    isUnspecified: ['0.0.0.0/32', '::/128'],
    isLoopback: ['127.0.0.0/8', '::1/128'],
    isLinkLocalMulticast: ['224.0.0.0/24', 'ff02::/16'],
    isLinkLocalUnicast: ['169.254.0.0/16', 'fe80::/10'],
  }).map(([name, ranges]) =>
    celMethod(name, opaqueType, [], BOOL, function () {
      return ranges.some((range) => containsIp(range, textOf(this, 'ip')));
    }),
  ),
  celMethod('isGlobalUnicast', opaqueType, [], BOOL, function () {
    return !notGlobal.some((range) => containsIp(range, textOf(this, 'ip')));
  }),
  celFunc('isCIDR', [STRING], BOOL, isCidr),
  celFunc('cidr', [STRING], DYN, (text) => {
    if (!isCidr(text)) throw new Error(`network address parse error during conversion from string: ${text}`);
    return opaque('cidr', text);
  }),
  celMethod('containsIP', opaqueType, [DYN], BOOL, function (other) {
    return containsIp(textOf(this, 'cidr'), addressOf(other, 'ip'));
  }),
  celMethod('containsCIDR', opaqueType, [DYN], BOOL, function (other) {
    const [address, bits] = split(addressOf(other, 'cidr'));
    return bits >= split(textOf(this, 'cidr'))[1] && containsIp(textOf(this, 'cidr'), address);
  }),
  celMethod('ip', opaqueType, [], DYN, function () {
    return opaque('ip', canonicalIp(split(textOf(this, 'cidr'))[0]));
  }),
  celMethod('prefixLength', opaqueType, [], INT, function () {
    return BigInt(split(textOf(this, 'cidr'))[1]);
  }),
  celFunc('isURL', [STRING], BOOL, (text) => parseUrl(text) !== undefined),
  celFunc('url', [STRING], DYN, (text) => {
    if (parseUrl(text) === undefined)
      throw new Error(`URL parse error during conversion from string: ${text}`);
    return opaque('url', text);
  }),
  urlMethod('getScheme', (url) => url.protocol.slice(0, -1)),
  urlMethod('getHost', (url) => url.host),
  urlMethod('getHostname', (url) => url.hostname.replace(/^\[|\]$/g, '')),
  urlMethod('getPort', (url) => url.port),
  urlMethod('getEscapedPath', (url) => url.pathname),
];

const notGlobal = ['0.0.0.0/32', '255.255.255.255/32', '127.0.0.0/8', '224.0.0.0/4', '169.254.0.0/16'].concat(
  ['::/128', '::1/128', 'ff00::/8', 'fe80::/10'],
);

function isIp(text: string): boolean {
  return ipVersion(text) !== 0 && !text.includes('%') && !/^::ffff:\d+\./i.test(text);
}

function canonicalIp(text: string): string {
  if (!isIp(text)) throw new Error(`IP Address '${text}' parse error during conversion from string`);
  return ipVersion(text) === 4 ? text : new URL(`http://[${text}]`).hostname.slice(1, -1);
}

function split(cidr: string): [string, number] {
  const slash = cidr.indexOf('/');
  return [cidr.slice(0, slash), Number(cidr.slice(slash + 1))];
}

function containsIp(cidr: string, address: string): boolean {
  const [network, bits] = split(cidr);
  const family = ipVersion(network) === 4 ? 'ipv4' : 'ipv6';
  if (ipVersion(address) !== ipVersion(network)) return false;
  const block = new BlockList();
  block.addSubnet(network, bits, family);
  return block.check(address, family);
}

function addressOf(value: unknown, type: string): string {
  return typeof value === 'string' ? value : textOf(value as Parameters<typeof textOf>[0], type);
}

/** An absolute URL, or a path; both count as URLs in Go. */
function parseUrl(text: string): URL | undefined {
  const isAbsolute = /^[a-z][a-z0-9+.-]*:/i.test(text);
  if (!isAbsolute && !text.startsWith('/')) return undefined;
  return URL.canParse(text, 'none://') ? new URL(text, 'none://') : undefined;
}

function urlMethod(name: string, read: (url: URL) => string): CelFunc {
  return celMethod(name, opaqueType, [], STRING, function () {
    const url = parseUrl(textOf(this, 'url'));
    const isRelative = url?.protocol === 'none:';
    return url === undefined || (isRelative && name !== 'getEscapedPath') ? '' : read(url);
  });
}
