import type { ClusterRole, RbacSubject, RoleBinding } from '@weir/api/workloads';
import type { Store } from '../../store/store.ts';
import { mastersGroup, type UserInfo } from './user.ts';

/** What a request wants to do, in the terms of RBAC. */
export type Attributes =
  | {
      readonly type: 'resource';
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: 'path'; readonly verb: string; readonly path: string };

interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

const rbac = 'rbac.authorization.k8s.io';

/** Decides with the stored Roles, ClusterRoles and bindings; members of system:masters may do everything. */
export class Authorizer {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  decide(user: UserInfo, attributes: Attributes): Decision {
    if (user.groups.includes(mastersGroup)) return { allowed: true, reason: '' };
    const namespace = attributes.type === 'resource' ? attributes.namespace : '';
    for (const binding of this.#bindings(namespace)) {
      if (!(binding.subjects ?? []).some((subject) => isSubject(user, subject, binding))) continue;
      const rules = this.rulesOfBinding(binding);
      if (!rules.some((rule) => allows(rule, attributes))) continue;
      const { kind, metadata, roleRef } = binding;
      const place = metadata.namespace === undefined ? '' : `/${metadata.namespace}`;
      const reason = `RBAC: allowed by ${kind} "${metadata.name ?? ''}${place}" of ${roleRef.kind} "${roleRef.name}"`;
      return { allowed: true, reason };
    }
    return { allowed: false, reason: '' };
  }

  /** Everything that a user may do in a namespace. */
  rulesOf(user: UserInfo, namespace: string): readonly PolicyRule[] {
    if (user.groups.includes(mastersGroup)) return everything;
    return this.#bindings(namespace)
      .filter((binding) => (binding.subjects ?? []).some((subject) => isSubject(user, subject, binding)))
      .flatMap((binding) => this.rulesOfBinding(binding));
  }

  #bindings(namespace: string): RoleBinding[] {
    const inNamespace = namespace === '' ? [] : this.#store.list(`${rbac}/rolebindings`, namespace);
    return [...this.#store.list(`${rbac}/clusterrolebindings`), ...inNamespace] as RoleBinding[];
  }

  /** The rules of the role that a binding names; none when it does not exist. */
  rulesOfBinding(binding: RoleBinding): readonly PolicyRule[] {
    const { kind, name } = binding.roleRef;
    const isRole = kind === 'Role';
    const key = isRole ? `${binding.metadata.namespace ?? ''}/${name}` : name;
    const role = this.#store.get(`${rbac}/${isRole ? 'roles' : 'clusterroles'}`, key) as
      | ClusterRole
      | undefined;
    return [...(role?.rules ?? []), ...this.#aggregated(role)];
  }

  #aggregated(role: ClusterRole | undefined): readonly PolicyRule[] {
    const selectors = role?.aggregationRule?.clusterRoleSelectors ?? [];
    if (selectors.length === 0) return [];
    const roles = this.#store.list(`${rbac}/clusterroles`) as ClusterRole[];
    return roles
      .filter(
        (one) => one !== role && selectors.some((selector) => hasLabels(one, selector.matchLabels ?? {})),
      )
      .flatMap((one) => one.rules ?? []);
  }
}

function hasLabels(role: ClusterRole, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => role.metadata.labels?.[key] === value);
}

function isSubject(user: UserInfo, subject: RbacSubject, binding: RoleBinding): boolean {
  if (subject.kind === 'User') return subject.name === user.username;
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  if (subject.kind !== 'ServiceAccount') return false;
  const namespace = subject.namespace ?? binding.metadata.namespace ?? '';
  return user.username === `system:serviceaccount:${namespace}:${subject.name}`;
}

function allows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!includes(rule.verbs, attributes.verb)) return false;
  if (attributes.type === 'path')
    return (rule.nonResourceURLs ?? []).some((url) => matchesUrl(url, attributes.path));
  const { group, resource, subresource, name } = attributes;
  if (!includes(rule.apiGroups, group) || !matchesResource(rule.resources, resource, subresource))
    return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || (name !== '' && names.includes(name));
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

function matchesResource(
  list: readonly string[] | undefined,
  resource: string,
  subresource: string,
): boolean {
  const wanted = subresource === '' ? resource : `${resource}/${subresource}`;
  return includes(list, wanted) || (subresource !== '' && (list ?? []).includes(`*/${subresource}`));
}

function matchesUrl(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}
