import type { Fetch } from '@weir/kube';

/** A request as it goes over the wire: no client of ours in between. */
export interface RawRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  /** A text is sent as it is. */
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
}

export interface RawAnswer {
  readonly status: number;
  /** A text when it is no JSON object. */
  readonly body: unknown;
  readonly warning: string | null;
}

/** Two servers that get the same request know its sender by the same name. */
export async function send(fetch: Fetch, request: RawRequest): Promise<RawAnswer> {
  const { method, path, body, type = 'application/json', accept = 'application/json' } = request;
  const response = await fetch(path, {
    method,
    headers: { accept, 'user-agent': 'parity/1', ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: text.startsWith('{') ? JSON.parse(text) : text,
    warning: response.headers.get('warning'),
  };
}
