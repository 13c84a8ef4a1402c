import type { IncomingHttpHeaders } from 'node:http';
import { badRequest, forbiddenUser } from '../api-error.ts';
import type { Authorizer } from './authorizer.ts';
import type { UserInfo } from './user.ts';

const accountForm = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The user that a request wants to act as (`kubectl --as`), if its own user may; else the user itself. */
export function impersonate(user: UserInfo, headers: IncomingHttpHeaders, authorizer: Authorizer): UserInfo {
  const asked = Object.keys(headers).filter((name) => name.startsWith('impersonate-'));
  if (asked.length === 0) return user;
  const username = textOf(headers['impersonate-user']);
  if (username === '') throw badRequest('requested impersonation without an Impersonate-User header');
  const account = accountForm.exec(username);
  if (account === null) require(authorizer, user, 'users', '', username);
  else require(authorizer, user, 'serviceaccounts', account[1] ?? '', account[2] ?? '');
  const groups = listOf(headers['impersonate-group']);
  for (const group of groups) require(authorizer, user, 'groups', '', group);
  const implied =
    account === null ? [] : ['system:serviceaccounts', `system:serviceaccounts:${account[1] ?? ''}`];
  return { username, groups: [...new Set([...groups, ...implied, 'system:authenticated'])] };
}

function require(
  authorizer: Authorizer,
  user: UserInfo,
  resource: string,
  namespace: string,
  name: string,
): void {
  const attributes = {
    type: 'resource',
    verb: 'impersonate',
    group: '',
    resource,
    subresource: '',
    namespace,
    name,
  } as const;
  if (!authorizer.decide(user, attributes).allowed) throw forbiddenUser(user.username, attributes);
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
}

// Node joins repeated headers of unknown names with a comma.
function listOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : value.split(','))
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
