import type { KubeObject } from '@weir/api/meta';
import { invalid } from '@weir/api/meta';
import { badRequest, conflict, invalidObject, notFound } from '../api-error.ts';
import { type TokenSubject, tokenIssuer } from '../auth/tokens.ts';
import type { ServerContext } from '../context.ts';
import { storeKey, type Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import { decodeBody } from '../rest/decode.ts';
import { timestamp } from '../rest/metadata.ts';
import { parseWriteOptions } from '../rest/write-options.ts';
import type { ResourceRoute } from '../route.ts';
import { attributesOf } from '../webhooks/attributes.ts';
import { validateByWebhooks } from '../webhooks/validate.ts';

interface TokenRequest extends KubeObject {
  readonly spec?: {
    readonly audiences?: readonly string[];
    readonly expirationSeconds?: number;
    readonly boundObjectRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
  };
}

const defaultSeconds = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;

/** POST of `serviceaccounts/NAME/token`: a new token for the account. */
export async function requestToken(
  context: ServerContext,
  target: Target,
  route: ResourceRoute,
  request: ApiRequest,
): Promise<KubeObject> {
  const { namespace, name } = route;
  const account = context.store.get('/serviceaccounts', storeKey(namespace, name));
  if (account === undefined) throw notFound(target.kind, name);
  const body = decodeBody(request) as TokenRequest;
  if (body.kind !== 'TokenRequest')
    throw badRequest('the body must be an authentication.k8s.io/v1 TokenRequest');
  await askWebhooks(context, target, route, { body, request });
  const lifeSeconds = parseSeconds(body, name);
  const audiences = body.spec?.audiences?.length ? body.spec.audiences : [tokenIssuer];
  const { token, expires } = context.tokens.issue({
    namespace,
    name,
    uid: account.metadata.uid ?? '',
    bound: boundObject(context, namespace, body),
    audiences,
    lifeSeconds,
  });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(context.now()) },
    spec: { ...body.spec, audiences, expirationSeconds: lifeSeconds },
    status: { token, expirationTimestamp: timestamp(expires) },
  } as KubeObject;
}

async function askWebhooks(
  context: ServerContext,
  target: Target,
  { namespace, name }: ResourceRoute,
  { body, request }: { readonly body: TokenRequest; readonly request: ApiRequest },
): Promise<void> {
  const attributes = attributesOf(target, 'CREATE', {
    ...parseWriteOptions(request),
    subresource: 'token',
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    name,
    namespace,
    object: { ...body, metadata: { ...body.metadata, name, namespace } },
  });
  await validateByWebhooks(context, attributes);
}

function parseSeconds(body: TokenRequest, name: string): number {
  const seconds = body.spec?.expirationSeconds ?? defaultSeconds;
  if (Number.isInteger(seconds) && seconds >= minSeconds && seconds <= maxSeconds) return seconds;
  const kind = {
    group: 'authentication.k8s.io',
    version: 'v1',
    kind: 'TokenRequest',
    plural: 'tokenrequests',
    namespaced: true,
  };
  const detail =
    seconds < minSeconds
      ? 'may not specify a duration less than 10 minutes'
      : 'may not specify a duration larger than 2^32 seconds';
  throw invalidObject(kind, name, [invalid('spec.expirationSeconds', seconds, detail)]);
}

function boundObject(context: ServerContext, namespace: string, body: TokenRequest): TokenSubject['bound'] {
  const reference = body.spec?.boundObjectRef;
  if (reference === undefined || reference === null) return null;
  const { kind, name = '' } = reference;
  if (kind !== 'Pod' && kind !== 'Secret')
    throw badRequest(`cannot bind token to object of type ${String(kind)}`);
  const plural = kind === 'Pod' ? 'pods' : 'secrets';
  const object = context.store.get(`/${plural}`, storeKey(namespace, name));
  if (object === undefined) throw notFound({ group: '', plural }, name);
  const uid = object.metadata.uid ?? '';
  if (reference.uid && reference.uid !== uid) {
    throw conflict(
      { group: '', plural },
      name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record`,
    );
  }
  return { kind, name, uid };
}
