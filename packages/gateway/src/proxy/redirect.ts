import { requestIdHeader } from '@weir/wire/headers';
import type { ClientConnection } from '../http/client-connection.ts';
import type { RequestHead } from '../http/request-head.ts';
import { rewriteTarget } from '../routing/filters.ts';
import type { CompiledMatch, Redirect } from '../routing/table.ts';

/** The answer of a RequestRedirect filter. */
export function formatRedirect(
  redirect: Redirect,
  match: CompiledMatch,
  head: RequestHead,
  requestId: string,
  client: ClientConnection,
): string {
  const location = redirectLocation(redirect, match, head);
  return (
    `HTTP/1.1 ${redirect.status} ${redirect.status === 301 ? 'Moved Permanently' : 'Found'}\r\n` +
    `location: ${location}\r\ncontent-length: 0\r\n${requestIdHeader}: ${requestId}\r\n` +
    `connection: ${client.closesAfterResponse ? 'close' : 'keep-alive'}\r\n\r\n`
  );
}

/** With a scheme and no port, the port is the scheme's own; otherwise the port of the request stays. */
function redirectLocation(redirect: Redirect, match: CompiledMatch, head: RequestHead): string {
  const [, name = '', requestPort] = /^(.*?)(?::(\d+))?$/.exec(head.host) ?? [];
  const port =
    redirect.port ?? (redirect.scheme === null && requestPort !== undefined ? Number(requestPort) : null);
  const scheme = redirect.scheme ?? 'http';
  const isDefaultPort =
    port === null || (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443);
  const prefix = match.path.type === 'prefix' ? match.path.value : null;
  const target = redirect.path === null ? head.target : rewriteTarget(head.target, redirect.path, prefix);
  return `${scheme}://${redirect.hostname ?? name}${isDefaultPort ? '' : `:${port}`}${target}`;
}
