import type { KubeObject } from '@weir/api/meta';
import { badRequest } from '../api-error.ts';
import type { ServerContext } from '../context.ts';
import type { Target } from '../registry/served-kind.ts';
import type { ApiRequest } from '../request.ts';
import { decodeBody } from '../rest/decode.ts';
import { toKubeObject } from '../rest/input.ts';
import { timestamp } from '../rest/metadata.ts';
import type { Attributes } from './authorizer.ts';
import { tokenIssuer } from './tokens.ts';
import type { UserInfo } from './user.ts';

interface AccessSpec {
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
}

/** Answers a question that is asked by creating an object: who am I, may I, whose token is this. */
export function review(
  context: ServerContext,
  target: Target,
  request: ApiRequest,
  namespace: string,
): KubeObject {
  const object = toKubeObject(target, decodeBody(request)) as KubeObject & { spec?: unknown };
  const metadata = { creationTimestamp: timestamp(context.now()) };
  const status = statusOf(context, target.kind.kind, object.spec ?? {}, request.user, namespace);
  return { ...object, metadata, status } as KubeObject;
}

function statusOf(
  context: ServerContext,
  kind: string,
  spec: AccessSpec & {
    readonly token?: string;
    readonly audiences?: readonly string[];
    readonly namespace?: string;
  },
  user: UserInfo,
  namespace: string,
): unknown {
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: toUserInfo(user) };
    case 'TokenReview':
      return reviewToken(context, spec.token ?? '', spec.audiences ?? []);
    case 'SelfSubjectRulesReview':
      return rulesStatus(context, user, spec.namespace ?? '');
    case 'SelfSubjectAccessReview':
      return reviewAccess(context, user, spec);
    case 'LocalSubjectAccessReview':
      if (spec.resourceAttributes?.namespace !== namespace) {
        throw badRequest('spec.resourceAttributes.namespace must match metadata.namespace');
      }
      return reviewAccess(context, subjectOf(spec), spec);
    default:
      return reviewAccess(context, subjectOf(spec), spec);
  }
}

function rulesStatus(context: ServerContext, user: UserInfo, namespace: string): unknown {
  if (namespace === '') throw badRequest('no namespace on request');
  const rules = context.authorizer.rulesOf(user, namespace);
  const nonResourceRules = rules
    .filter((rule) => rule.nonResourceURLs !== undefined)
    .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return {
    resourceRules: rules.filter((rule) => rule.resources !== undefined),
    nonResourceRules,
    incomplete: false,
  };
}

function subjectOf(spec: AccessSpec): UserInfo {
  if (!spec.user && !spec.groups?.length)
    throw badRequest('spec.user: at least one of user or group must be specified');
  return { username: spec.user ?? '', groups: spec.groups ?? [] };
}

function reviewAccess(context: ServerContext, user: UserInfo, spec: AccessSpec): unknown {
  const { allowed, reason } = context.authorizer.decide(user, attributesOf(spec));
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function attributesOf(spec: AccessSpec): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if ((resource === undefined) === (path === undefined)) {
    throw badRequest('spec: exactly one of nonResourceAttributes or resourceAttributes must be specified');
  }
  if (path !== undefined) return { type: 'path', verb: path.verb ?? '', path: path.path ?? '' };
  return {
    type: 'resource',
    verb: resource?.verb ?? '',
    group: resource?.group ?? '',
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: resource?.namespace ?? '',
    name: resource?.name ?? '',
  };
}

function reviewToken(context: ServerContext, token: string, audiences: readonly string[]): unknown {
  const verified = context.tokens.verify(token);
  const wanted = audiences.length === 0 ? [tokenIssuer] : audiences;
  const shared = verified?.audiences.filter((audience) => wanted.includes(audience)) ?? [];
  if (verified === null || shared.length === 0) {
    return { authenticated: false, user: {}, error: 'the token is not valid for the requested audiences' };
  }
  return { authenticated: true, user: toUserInfo(verified.user), audiences: shared };
}

function toUserInfo(user: UserInfo): unknown {
  const { username, uid, groups, extra } = user;
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(extra === undefined ? {} : { extra }),
  };
}
