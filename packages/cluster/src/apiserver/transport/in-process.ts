import type { Fetch, FetchInit } from '@weir/kube';
import type { UserInfo } from '../auth/user.ts';
import type { Handler } from '../handle.ts';
import type { ApiResponse } from '../request.ts';

/** A `Fetch` that reaches the server without a socket, as the given user. Watches end with `serverSignal`. */
export function inProcessFetch(handler: Handler, user: UserInfo, serverSignal: AbortSignal): Fetch {
  return async (path, init = {}) => {
    init.signal?.throwIfAborted();
    const request = linkedAbort([init.signal, serverSignal]);
    const [pathname = '', search = ''] = path.split('?', 2);
    const headers = lowerCased(init.headers);
    const response = await handler({
      method: init.method ?? 'GET',
      path: pathname,
      query: new URLSearchParams(search),
      header: (name) => headers.get(name),
      body: bytesOf(init.body),
      user,
      signal: request.signal,
    });
    return toResponse(response, request, init.signal);
  };
}

interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(): void;
  /** Stops listening to the outer signals. */
  release(): void;
}

/** One signal out of several, which can be let go of: AbortSignal.any would keep them all alive. */
function linkedAbort(signals: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of signals) {
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
  }
  const release = (): void => {
    for (const signal of signals) signal?.removeEventListener('abort', abort);
  };
  return { signal: controller.signal, abort, release };
}

function toResponse(
  response: ApiResponse,
  request: LinkedAbort,
  clientSignal: AbortSignal | undefined,
): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const one of typeof value === 'string' ? [value] : value) headers.append(name, one);
  }
  if (typeof response.body === 'string') {
    request.release();
    return new Response(response.body, { status: response.status, headers });
  }
  return new Response(streamOf(response.body, request, clientSignal), { status: response.status, headers });
}

/** Pulls only as the reader reads; a reader that leaves aborts the request. */
function streamOf(
  body: AsyncIterable<Uint8Array>,
  request: LinkedAbort,
  clientSignal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  let fail = (): void => {};
  const end = (): void => {
    clientSignal?.removeEventListener('abort', fail);
    request.release();
  };
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        fail = () => {
          controller.error(clientSignal?.reason);
          end();
        };
        if (clientSignal?.aborted === true) fail();
        else clientSignal?.addEventListener('abort', fail, { once: true });
      },
      pull: async (controller) => {
        const { done, value } = await iterator.next();
        if (clientSignal?.aborted === true) return;
        if (done === true) {
          end();
          controller.close();
        } else controller.enqueue(value);
      },
      cancel: async () => {
        request.abort();
        end();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function lowerCased(headers: FetchInit['headers']): ReadonlyMap<string, string> {
  return new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function bytesOf(body: FetchInit['body']): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return typeof body === 'string' ? new TextEncoder().encode(body) : body;
}
