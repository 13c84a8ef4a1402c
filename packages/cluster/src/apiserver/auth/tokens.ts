import { createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign, verify } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson, sha256Hex } from '@weir/core/hash';
import { createEcKey } from '@weir/kube/certificates';
import type { Store } from '../../store/store.ts';
import type { UserInfo } from './user.ts';

export const tokenIssuer = 'https://kubernetes.default.svc.cluster.local';

export interface TokenSubject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The token dies with this object. */
  readonly bound: { readonly kind: 'Pod' | 'Secret'; readonly name: string; readonly uid: string } | null;
  readonly audiences: readonly string[];
  readonly lifeSeconds: number;
}

interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly nbf: number;
  readonly jti: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly secret?: { readonly name: string; readonly uid: string };
  };
}

interface VerifiedToken {
  readonly user: UserInfo;
  readonly audiences: readonly string[];
}

/** Issues and checks ServiceAccount tokens: ES256 JSON web tokens, signed with a key in the data folder. */
export class TokenAuthority {
  readonly #key: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #keyId: string;
  readonly #store: Store;
  readonly #now: () => Date;

  constructor(dataDir: string | null, store: Store, now: () => Date) {
    this.#key = loadKey(dataDir);
    this.#publicKey = createPublicKey(this.#key);
    this.#keyId = sha256Hex(canonicalJson(this.#publicKey.export({ format: 'jwk' }))).slice(0, 32);
    this.#store = store;
    this.#now = now;
  }

  issue(subject: TokenSubject): { readonly token: string; readonly expires: Date } {
    const issuedAt = Math.floor(this.#now().getTime() / 1000);
    const { namespace, name, uid, bound } = subject;
    const boundClaim =
      bound === null ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } };
    const claims: Claims = {
      aud: subject.audiences,
      exp: issuedAt + subject.lifeSeconds,
      iat: issuedAt,
      iss: tokenIssuer,
      jti: randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid }, ...boundClaim },
      nbf: issuedAt,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const head = { alg: 'ES256', kid: this.#keyId, typ: 'JWT' };
    const text = `${encode(head)}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(text), { key: this.#key, dsaEncoding: 'ieee-p1363' });
    return { token: `${text}.${signature.toString('base64url')}`, expires: new Date(claims.exp * 1000) };
  }

  /** The account behind a token; null when it is not ours, has ended, or what it is bound to is gone. */
  verify(token: string): VerifiedToken | null {
    const claims = this.#claimsOf(token);
    if (claims === null) return null;
    const seconds = this.#now().getTime() / 1000;
    if (claims.iss !== tokenIssuer || seconds >= claims.exp || seconds < claims.nbf) return null;
    const { namespace, serviceaccount, pod, secret } = claims['kubernetes.io'];
    const isAlive =
      this.#exists('/serviceaccounts', namespace, serviceaccount) &&
      (pod === undefined || this.#exists('/pods', namespace, pod)) &&
      (secret === undefined || this.#exists('/secrets', namespace, secret));
    if (!isAlive) return null;
    return { user: userOf(claims), audiences: claims.aud };
  }

  #claimsOf(token: string): Claims | null {
    const [head = '', body = '', signature = '', ...more] = token.split('.');
    if (more.length > 0 || signature === '') return null;
    try {
      const { alg } = decode(head) as { alg?: string };
      if (alg !== 'ES256') return null;
      const key = { key: this.#publicKey, dsaEncoding: 'ieee-p1363' } as const;
      const data = Buffer.from(`${head}.${body}`);
      return verify('sha256', data, key, Buffer.from(signature, 'base64url'))
        ? (decode(body) as Claims)
        : null;
    } catch {
      return null;
    }
  }

  #exists(
    collection: string,
    namespace: string,
    ref: { readonly name: string; readonly uid: string },
  ): boolean {
    return this.#store.get(collection, `${namespace}/${ref.name}`)?.metadata.uid === ref.uid;
  }
}

function userOf(claims: Claims): UserInfo {
  const { namespace, serviceaccount, pod } = claims['kubernetes.io'];
  const podExtra =
    pod === undefined
      ? {}
      : {
          'authentication.kubernetes.io/pod-name': [pod.name],
          'authentication.kubernetes.io/pod-uid': [pod.uid],
        };
  return {
    username: claims.sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`], ...podExtra },
  };
}

function loadKey(dataDir: string | null): KeyObject {
  const fresh = (): KeyObject => createPrivateKey({ format: 'jwk', key: createEcKey() });
  if (dataDir === null) return fresh();
  const file = path.join(dataDir, 'service-account.key');
  if (existsSync(file)) return createPrivateKey(readFileSync(file));
  const key = fresh();
  writeFileSync(`${file}.tmp`, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  chmodSync(`${file}.tmp`, 0o600);
  renameSync(`${file}.tmp`, file);
  return key;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
}
