import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to a request instead of, or on top of, being passed on. */
export type Fault =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection breaks before the request is passed on. */
  | { readonly type: 'reset' }
  /** The request is carried out, and the connection breaks before the answer. */
  | { readonly type: 'loseAnswer' }
  /** The connection breaks in the middle of the answer's body. */
  | { readonly type: 'truncate'; readonly bytes: number }
  | { readonly type: 'slow'; readonly ms: number }
  /** Never answered. */
  | { readonly type: 'hang' };

export interface ProxiedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly isWatch: boolean;
  /** By the clock of `performance.now()`. */
  readonly atMs: number;
  /** Status of the answer, once the server has given one. */
  answered?: number;
}

/** Decides about one request; undefined passes it on. */
export type FaultRule = (request: ProxiedRequest) => Fault | undefined;

export interface FaultProxy {
  readonly url: string;
  /** All requests so far. */
  readonly requests: readonly ProxiedRequest[];
  /** Asked for every request until another rule takes its place; undefined passes everything on. */
  setRule(rule: FaultRule | undefined): void;
  /** Breaks every connection that is open now, watches above all. */
  cut(): void;
  stop(): Promise<void>;
}

/** A plain HTTP server on loopback in front of an API server, which breaks what a rule says. */
export async function startFaultProxy(target: {
  readonly url: string;
  readonly caPem: string;
}): Promise<FaultProxy> {
  const agent = new Agent({ ca: target.caPem, keepAlive: true });
  const requests: ProxiedRequest[] = [];
  let rule: FaultRule | undefined;
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', target.url);
    const proxied: ProxiedRequest = {
      method: request.method ?? 'GET',
      path: pathname,
      isWatch: searchParams.get('watch') === 'true',
      atMs: performance.now(),
    };
    requests.push(proxied);
    response.once('finish', () => {
      proxied.answered = response.statusCode;
    });
    void serve(request, response, rule?.(proxied), { url: target.url, agent });
  });
  await listen(server);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    setRule(next) {
      rule = next;
    },
    cut: () => server.closeAllConnections(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          agent.destroy();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Upstream {
  readonly url: string;
  readonly agent: Agent;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
  upstream: Upstream,
): Promise<void> {
  switch (fault?.type) {
    case 'answer':
      request.resume();
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(fault.body ?? '');
      return;
    case 'reset':
      request.socket.destroy();
      return;
    case 'hang':
      request.resume();
      return;
    case 'slow':
      await sleep(fault.ms);
      break;
  }
  passOn(request, response, fault, upstream);
}

function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  fault: Fault | undefined,
  { url, agent }: Upstream,
): void {
  const { method, headers } = request;
  const outgoing = httpsRequest(new URL(request.url ?? '/', url), {
    agent,
    method,
    headers: { ...headers, host: new URL(url).host },
  });
  const broken = (): void => {
    response.destroy();
  };
  response.once('close', () => outgoing.destroy());
  outgoing.once('error', broken);
  outgoing.once('response', (answer) => {
    if (fault?.type === 'loseAnswer') {
      answer.resume();
      broken();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    // The head of a watch has to arrive before its first event.
    response.flushHeaders();
    if (fault?.type === 'truncate') {
      answer.once('data', (chunk: Buffer) => response.write(chunk.subarray(0, fault.bytes), broken));
    } else pipeline(answer, response, () => {});
  });
  pipeline(request, outgoing, () => {});
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}
