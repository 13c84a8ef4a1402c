import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { withDeadline } from '@weir/kube';
import { explainHeader, servedByHeader } from '@weir/wire/headers';

export interface ProbeRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly connect: { readonly host: string; readonly port: number };
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly caPem?: string;
  readonly timeoutMs: number;
}

export interface ProbeResponse {
  readonly status: number;
  /** At most the first 64 KiB. */
  readonly body: string;
  /** The pod that answered, where the gateway tells. */
  readonly servedBy?: string | undefined;
}

/** Asks once; rejects when there is no answer. */
export type Send = (request: ProbeRequest, signal: AbortSignal) => Promise<ProbeResponse>;

const maxBodyBytes = 64 * 1024;

/**
 * Over HTTP/1.1 and a connection of its own, which shows what a new client meets. Redirects are answers and never
 * followed, and link-local addresses, where clouds keep credentials of machines, are refused.
 */
export const sendProbe: Send = (request, signal) => {
  const { connect, url, body, timeoutMs } = request;
  const { protocol, host, hostname, pathname } = new URL(url);
  if (isLinkLocal(connect.host)) {
    return Promise.reject(new Error(`${connect.host} is a link-local address, which nobody is asked at`));
  }
  const options: RequestOptions & { servername?: string; ca?: string[] } = {
    host: connect.host,
    port: connect.port,
    method: request.method,
    path: pathname,
    agent: false,
    signal: withDeadline(signal, timeoutMs),
    headers: {
      ...request.headers,
      host,
      [explainHeader]: '1',
      accept: 'application/json',
      'user-agent': 'weir-ready-gate',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    },
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(isTimeout(error) ? new Error(`nothing within ${timeoutMs / 1000} s`) : error);
    const onResponse = (response: IncomingMessage): void => {
      const { statusCode: status = 0, headers } = response;
      const servedBy = headers[servedByHeader]?.toString();
      void readBody(response).then((text) => resolve({ status, body: text, servedBy }), fail);
    };
    const sent =
      protocol === 'https:'
        ? httpsRequest({ ...options, ...trust(request.caPem) }, onResponse)
        : httpRequest(options, onResponse);
    sent.on('error', fail);
    sent.end(body);
  });
};

function trust(caPem: string | undefined): { ca?: string[] } {
  return caPem === undefined ? {} : { ca: [caPem] };
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= maxBodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8');
}

function isTimeout({ cause }: Error): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError';
}

function isLinkLocal(host: string): boolean {
  return host.startsWith('169.254.') || /^\[?fe[89ab][0-9a-f]:/i.test(host);
}
