import { resources } from '@weir/api/meta';
import type { ServiceAccountTokenProjection } from '@weir/api/workloads';
import { kubeErrorFrom, resourcePath } from '@weir/kube';
import type { VolumeContext } from './contracts.ts';

export interface IssuedToken {
  readonly token: string;
  /** Time to ask for the next one: 80 % of its life, or 24 h. */
  readonly refreshAtMs: number;
}

const defaultExpirySeconds = 3600;
const maxAgeMs = 24 * 3600 * 1000;

/** Asks the API server for a token that is bound to this pod. */
export async function requestToken(
  projection: ServiceAccountTokenProjection,
  context: VolumeContext,
): Promise<IssuedToken> {
  const { metadata, spec } = context.pod;
  const name = spec?.serviceAccountName ?? 'default';
  const expirationSeconds = projection.expirationSeconds ?? defaultExpirySeconds;
  const path = resourcePath(resources.serviceAccounts, {
    namespace: metadata.namespace ?? '',
    name,
    subresource: 'token',
  });
  const response = await context.client.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: projection.audience === undefined ? [] : [projection.audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid },
      },
    }),
    signal: context.signal,
  });
  if (!response.ok) throw await kubeErrorFrom(response, `token of ServiceAccount ${name}`);
  const { status } = (await response.json()) as { status: { token: string; expirationTimestamp: string } };
  const lifeMs = Date.parse(status.expirationTimestamp) - context.nowMs;
  return { token: status.token, refreshAtMs: context.nowMs + Math.min(lifeMs * 0.8, maxAgeMs) };
}
