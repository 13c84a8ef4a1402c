import { createHash } from 'node:crypto';
import type { KubeObject, ResourceKind } from '@weir/api/meta';
import type { Client } from '@weir/kube';

export type ScrapeVerdict = 'allowed' | 'unauthenticated' | 'forbidden' | 'busy';

/** Judges the `authorization` header of who wants to read metrics. */
export type ScrapeReview = (authorization: string | undefined) => Promise<ScrapeVerdict>;

interface TokenReview extends KubeObject {
  spec: { token: string };
  status?: {
    authenticated?: boolean;
    user?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> };
  };
}

interface SubjectAccessReview extends KubeObject {
  spec: object;
  status?: { allowed?: boolean };
}

/** How an API server is asked who somebody is, and what they may. */
export const reviewKinds: {
  readonly token: ResourceKind<TokenReview>;
  readonly access: ResourceKind<SubjectAccessReview>;
} = {
  token: reviewKind('authentication.k8s.io', 'TokenReview', 'tokenreviews'),
  access: reviewKind('authorization.k8s.io', 'SubjectAccessReview', 'subjectaccessreviews'),
};

/** A right that is taken away counts after this time. */
const allowedMs = 60_000;
/** Somebody who is given the right should not wait long. */
const refusedMs = 5_000;
const maxVerdicts = 256;
/** Strangers with ever new tokens must not become a load on the API server. */
const maxReviews = 8;

/**
 * Lets in who may `get` the path `/metrics`, as the API server says: one TokenReview and one SubjectAccessReview, whose
 * verdict is kept for a while. Throws when the API server cannot be asked.
 */
export function createScrapeReview(client: Client, now: () => number): ScrapeReview {
  const verdicts = new Map<string, { readonly verdict: ScrapeVerdict; readonly untilMs: number }>();
  let running = 0;
  return async (authorization) => {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return 'unauthenticated';
    // Tokens themselves are not kept.
    const key = createHash('sha256').update(token).digest('base64');
    const known = verdicts.get(key);
    if (known !== undefined && known.untilMs > now()) return known.verdict;
    if (running >= maxReviews) return 'busy';
    running++;
    try {
      const verdict = await review(client, token);
      verdicts.delete(key);
      verdicts.set(key, { verdict, untilMs: now() + (verdict === 'allowed' ? allowedMs : refusedMs) });
      const [oldest] = verdicts.keys();
      if (verdicts.size > maxVerdicts && oldest !== undefined) verdicts.delete(oldest);
      return verdict;
    } finally {
      running--;
    }
  };
}

async function review(client: Client, token: string): Promise<ScrapeVerdict> {
  const signal = AbortSignal.timeout(10_000);
  const { status: who } = await client.create(
    reviewKinds.token,
    { ...head(reviewKinds.token), spec: { token } },
    { signal },
  );
  if (who?.authenticated !== true || who.user?.username === undefined) return 'unauthenticated';
  const { username: user, uid, groups, extra } = who.user;
  const spec = { user, uid, groups, extra, nonResourceAttributes: { path: '/metrics', verb: 'get' } };
  const { status } = await client.create(
    reviewKinds.access,
    { ...head(reviewKinds.access), spec },
    { signal },
  );
  return status?.allowed === true ? 'allowed' : 'forbidden';
}

/** Reviews are asked, not stored: they have no name. */
function head({ group, version, kind }: ResourceKind): KubeObject {
  return { apiVersion: `${group}/${version}`, kind, metadata: {} };
}

function reviewKind<T extends KubeObject>(group: string, kind: string, plural: string): ResourceKind<T> {
  return { group, version: 'v1', kind, plural, namespaced: false };
}
