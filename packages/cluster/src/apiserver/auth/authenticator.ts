import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { unauthorized } from '../api-error.ts';
import type { Authorizer } from './authorizer.ts';
import { impersonate } from './impersonate.ts';
import { type TokenAuthority, tokenIssuer } from './tokens.ts';
import { anonymous, publicPaths, type UserInfo } from './user.ts';

/** Finds out who sends a request: by bearer token, else by client certificate. */
export class Authenticator {
  readonly #tokens: TokenAuthority;
  readonly #authorizer: Authorizer;

  constructor(tokens: TokenAuthority, authorizer: Authorizer) {
    this.#tokens = tokens;
    this.#authorizer = authorizer;
  }

  authenticate(request: IncomingMessage, path: string): UserInfo {
    const user = this.#byToken(request) ?? byCertificate(request.socket as TLSSocket);
    if (user !== null) return impersonate(user, request.headers, this.#authorizer);
    if (publicPaths.includes(path)) return anonymous;
    throw unauthorized();
  }

  #byToken(request: IncomingMessage): UserInfo | null {
    const match = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '');
    if (match === null) return null;
    const verified = this.#tokens.verify(match[1] ?? '');
    if (verified === null || !verified.audiences.includes(tokenIssuer)) throw unauthorized();
    return verified.user;
  }
}

/** Reading a certificate costs more than many a request, and a connection keeps the one that it began with. */
const usersOfConnections = new WeakMap<TLSSocket, UserInfo | null>();

function byCertificate(socket: TLSSocket): UserInfo | null {
  const known = usersOfConnections.get(socket);
  if (known !== undefined) return known;
  const user = readCertificate(socket);
  usersOfConnections.set(socket, user);
  return user;
}

/** The subject of a certificate of the trusted CA: CN is the user, every O a group. */
function readCertificate(socket: TLSSocket): UserInfo | null {
  if (!socket.authorized) return null;
  const { subject } = socket.getPeerCertificate();
  if (!subject?.CN) return null;
  const organisations = subject.O as string | string[] | undefined;
  const groups = organisations === undefined ? [] : [organisations].flat();
  return { username: String(subject.CN), groups: [...groups, 'system:authenticated'] };
}
