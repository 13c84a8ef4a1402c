import { Agent, type RequestOptions, request as sendRequest } from 'node:https';
import { isIP } from 'node:net';
import { jsonDepth } from '@weir/api/meta';
import type { WebhookClientConfig } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import { answerProblem, connectionProblem } from './call-problem.ts';
import type { ResolveService } from './resolve-service.ts';

export interface WebhookCall {
  readonly config: WebhookClientConfig;
  readonly body: unknown;
  readonly timeoutSeconds: number;
  /** The webhook is told how long it has. */
  readonly saysTimeout: boolean;
  readonly maxAnswerBytes: number;
}

/** The address of a webhook as its owner wrote it, and as errors show it. */
interface Location {
  readonly hostname: string;
  readonly hostAndPort: string;
  readonly port: number;
  readonly path: string;
}

interface Endpoint {
  readonly agent: Agent;
  readonly host: string;
  readonly port: number;
}

interface Answer {
  readonly code: number;
  readonly contentType: string;
  readonly body: Buffer;
}

const maxAgents = 200;
const maxDepth = 1000;
const maxSockets = 64;
const idleMs = 60_000;
const defaultPort = 443;

/** Calls webhooks over HTTPS. Connections are kept per address and CA bundle. */
export class WebhookClient {
  readonly #resolve: ResolveService;
  readonly #agents = new Map<string, Agent>();

  constructor(resolve: ResolveService) {
    this.#resolve = resolve;
  }

  /** The JSON value that the webhook answers with; throws an Error in the words of Go's HTTP client. */
  async call(call: WebhookCall): Promise<unknown> {
    const location = locationOf(call);
    let answer: Answer;
    try {
      const endpoint = this.#endpoint(location, call.config);
      answer = await send({ ...location, ...endpoint }, Buffer.from(JSON.stringify(call.body)), call);
    } catch (error) {
      const problem = connectionProblem(toError(error), location);
      throw new Error(`Post "https://${location.hostAndPort}${location.path}": ${problem}`, { cause: error });
    }
    const problem = answerProblem(answer.code, answer.contentType, answer.body);
    if (problem !== null) throw new Error(problem);
    return parse(answer.body);
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #endpoint({ hostname, hostAndPort, port }: Location, config: WebhookClientConfig): Endpoint {
    const agent = this.#agent(hostAndPort, config);
    const { service } = config;
    if (service === undefined) return { agent, host: hostname, port };
    return { agent, ...this.#resolve(service.namespace, service.name, port) };
  }

  #agent(hostAndPort: string, config: WebhookClientConfig): Agent {
    const key = `${hostAndPort} ${config.caBundle ?? ''}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const ca = Buffer.from(config.caBundle ?? '', 'base64').toString();
    const trust = ca.trim() === '' ? {} : { ca };
    const agent = new Agent({ keepAlive: true, maxSockets, timeout: idleMs, ...trust });
    this.#agents.set(key, agent);
    const [oldest = key] = this.#agents.keys();
    if (this.#agents.size > maxAgents) {
      this.#agents.get(oldest)?.destroy();
      this.#agents.delete(oldest);
    }
    return agent;
  }
}

function locationOf({ config, saysTimeout, timeoutSeconds }: WebhookCall): Location {
  const { url = '', service } = config;
  const query = saysTimeout ? `?timeout=${timeoutSeconds}s` : '';
  if (service !== undefined) {
    const { name, namespace, port = defaultPort, path = '/' } = service;
    const hostname = `${name}.${namespace}.svc`;
    return { hostname, port, hostAndPort: `${hostname}:${port}`, path: withoutSlash(path) + query };
  }
  const { hostname, port, pathname } = new URL(url);
  return {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || defaultPort),
    hostAndPort: /^[^:]+:\/\/([^/]*)/.exec(url)?.[1] ?? hostname,
    path: withoutSlash(pathname) + query,
  };
}

function withoutSlash(path: string): string {
  return path.replace(/\/+$/, '') || '/';
}

async function send(endpoint: Location & Endpoint, body: Buffer, call: WebhookCall): Promise<Answer> {
  const deadline = AbortSignal.timeout(call.timeoutSeconds * 1000);
  try {
    return await sendOnce(endpoint, body, call.maxAnswerBytes, deadline);
  } catch (error) {
    // A kept connection may have been closed by the other side before it read anything.
    if (!(error instanceof StaleConnection)) throw error;
    return await sendOnce(endpoint, body, call.maxAnswerBytes, deadline);
  }
}

class StaleConnection extends Error {}

function sendOnce(
  { agent, host, port, hostname, hostAndPort, path }: Location & Endpoint,
  body: Buffer,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Answer> {
  const options: RequestOptions = {
    agent,
    host,
    port,
    signal,
    method: 'POST',
    path,
    headers: {
      host: hostAndPort,
      accept: 'application/json, */*',
      'content-type': 'application/json',
      'content-length': body.length,
    },
    // The certificate is for the name that was asked for, whatever address it led to.
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  };
  return new Promise((resolve, reject) => {
    const request = sendRequest(options, (response) => {
      readAll(response, maxBytes).then(
        (received) =>
          resolve({
            code: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            body: received,
          }),
        (error: unknown) => {
          request.destroy();
          reject(toError(error));
        },
      );
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = request.reusedSocket && error.code === 'ECONNRESET';
      reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
    });
    request.end(body);
  });
}

async function readAll(chunks: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

function parse(body: Buffer): unknown {
  if (jsonDepth(body) > maxDepth) throw new Error(`the answer is nested deeper than ${maxDepth} levels`);
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new Error(`couldn't get version/kind; json parse error: ${toError(error).message}`);
  }
}
