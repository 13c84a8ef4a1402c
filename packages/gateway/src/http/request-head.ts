import {
  connectionOptions,
  type Fields,
  fieldOf,
  HttpError,
  isToken,
  malformed,
  parseFields,
} from './fields.ts';

export interface RequestHead extends Fields {
  readonly method: string;
  /** Path with query, as the client sent it (without the authority of an absolute target). */
  readonly target: string;
  /** Authority: of an absolute target, else of the Host field; empty for HTTP/1.0 without one. */
  readonly host: string;
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  readonly minorVersion: 0 | 1;
  readonly framing: RequestFraming;
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
}

export type RequestFraming =
  | { readonly type: 'none' }
  | { readonly type: 'length'; readonly length: number }
  | { readonly type: 'chunked' };

export interface HeadLimits {
  readonly headBytes: number;
  readonly fields: number;
  readonly targetBytes: number;
}

/** Parses a request head without its final empty line. Strict where leniency is a smuggling risk; throws `HttpError`. */
export function parseRequestHead(text: string, limits: HeadLimits): RequestHead {
  const lineEnd = text.indexOf('\r\n');
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const { method, target, minorVersion } = parseRequestLine(line, limits);
  const fields = parseFields(text, lineEnd < 0 ? text.length : lineEnd + 2, text.length, limits.fields);
  const { path, authority } = splitTarget(target, method);
  const host = checkHost(fields, minorVersion);
  const options = connectionOptions(fields);
  return {
    method,
    target: path,
    host: authority ?? host,
    minorVersion,
    names: fields.names,
    values: fields.values,
    framing: requestFraming(fields, minorVersion),
    keepAlive: minorVersion === 1 ? !options.includes('close') : options.includes('keep-alive'),
    expectsContinue: checkExpect(fields, minorVersion),
  };
}

/** Those that an HTTPRoute can match. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE']);

function parseRequestLine(
  line: string,
  limits: HeadLimits,
): { method: string; target: string; minorVersion: 0 | 1 } {
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  if (first <= 0 || last === first) throw malformed('the request line is not "METHOD target HTTP/1.1"');
  const method = line.slice(0, first);
  if (!isToken(method)) throw malformed('the method is not a token');
  if (!methods.has(method)) {
    throw new HttpError(501, 'method_not_implemented', `method ${method.slice(0, 32)} is not supported`);
  }
  const version = line.slice(last + 1);
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    if (/^HTTP\/[0-9]\.[0-9]$/.test(version)) {
      throw new HttpError(505, 'version_not_supported', `${version} is not supported — use HTTP/1.1`);
    }
    throw malformed('the request line does not end in an HTTP version');
  }
  const target = line.slice(first + 1, last);
  if (target.length > limits.targetBytes) {
    throw new HttpError(
      414,
      'target_too_long',
      `the request target is longer than ${limits.targetBytes} bytes`,
    );
  }
  if (!/^[!-"$-~]+$/.test(target))
    throw malformed('the request target holds a character that is not allowed');
  return { method, target, minorVersion: version === 'HTTP/1.1' ? 1 : 0 };
}

function splitTarget(target: string, method: string): { path: string; authority: string | null } {
  if (method === 'CONNECT') {
    throw new HttpError(405, 'method_not_allowed', 'CONNECT is not allowed: this is not a forward proxy');
  }
  if (target.startsWith('/')) return { path: checkPath(target), authority: null };
  if (target === '*' && method === 'OPTIONS') return { path: '*', authority: null };
  const absolute = /^https?:\/\/([^/?@]+)(.*)$/i.exec(target);
  if (absolute === null) throw malformed('the request target is neither a path nor an http URL');
  const path = absolute[2] ?? '';
  return { path: checkPath(path.startsWith('/') ? path : `/${path}`), authority: absolute[1] ?? '' };
}

/** Dot segments would let a request match one route and reach another path behind it. */
function checkPath(target: string): string {
  if (!target.includes('/.') && !/%2e/i.test(target)) return target;
  const query = target.indexOf('?');
  const path = (query < 0 ? target : target.slice(0, query)).replace(/%2e/gi, '.');
  if (/\/\.\.?(\/|$)/.test(path)) throw malformed('the path holds a "." or ".." segment');
  return target;
}

function checkHost(fields: Fields, minorVersion: 0 | 1): string {
  const first = fields.names.indexOf('host');
  if (first < 0) {
    if (minorVersion === 1) throw malformed('the Host header is missing');
    return '';
  }
  if (fields.names.indexOf('host', first + 1) >= 0) throw malformed('there is more than one Host header');
  const host = fields.values[first] ?? '';
  if (!/^[A-Za-z0-9._~%!$&'()*+,;=:[\]-]*$/.test(host)) throw malformed('the Host header is not a host name');
  return host;
}

/** Exactly one framing may be stated; anything ambiguous would let two parsers disagree on where the body ends. */
function requestFraming(fields: Fields, minorVersion: 0 | 1): RequestFraming {
  let length: number | null = null;
  let isChunked = false;
  for (let i = 0; i < fields.names.length; i++) {
    const name = fields.names[i];
    const value = fields.values[i] ?? '';
    if (name === 'content-length') {
      if (length !== null) throw malformed('there is more than one Content-Length');
      if (!/^[0-9]{1,15}$/.test(value)) throw malformed('Content-Length is not a number');
      length = Number(value);
    } else if (name === 'transfer-encoding') {
      if (isChunked) throw malformed('there is more than one Transfer-Encoding');
      if (value.toLowerCase() !== 'chunked') {
        throw new HttpError(
          501,
          'transfer_encoding_not_supported',
          'the only Transfer-Encoding supported is chunked',
        );
      }
      if (minorVersion === 0) throw malformed('Transfer-Encoding is not part of HTTP/1.0');
      isChunked = true;
    }
  }
  if (isChunked && length !== null) throw malformed('both Content-Length and Transfer-Encoding are present');
  if (isChunked) return { type: 'chunked' };
  return length === null || length === 0 ? { type: 'none' } : { type: 'length', length };
}

function checkExpect(fields: Fields, minorVersion: 0 | 1): boolean {
  const expect = fieldOf(fields, 'expect');
  if (expect === undefined) return false;
  if (expect.toLowerCase() !== '100-continue') {
    throw new HttpError(417, 'expectation_failed', 'the only expectation supported is 100-continue');
  }
  return minorVersion === 1;
}
