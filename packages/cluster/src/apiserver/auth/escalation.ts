import type { KubeObject } from '@weir/api/meta';
import type { ClusterRole, RoleBinding } from '@weir/api/workloads';
import type { Target } from '../registry/served-kind.ts';
import type { Attributes, Authorizer, PolicyRule } from './authorizer.ts';
import type { UserInfo } from './user.ts';

const rbac = 'rbac.authorization.k8s.io';

/**
 * Nobody may give away what they do not have: why the user may not write this role or binding, or null. The verbs
 * `escalate` on roles and `bind` on the role of a binding lift the rule, as in Kubernetes.
 */
export function escalationReason(
  authorizer: Authorizer,
  user: UserInfo,
  target: Target,
  object: KubeObject,
): string | null {
  if (target.kind.group !== rbac) return null;
  const isBinding = target.kind.plural.endsWith('bindings');
  // Validation will name what is missing.
  if (isBinding && !(object as Partial<RoleBinding>).roleRef?.name) return null;
  const permit = isBinding ? bindPermit(object as RoleBinding) : escalatePermit(target, object);
  if (authorizer.decide(user, permit).allowed) return null;
  const rules = isBinding
    ? authorizer.rulesOfBinding(object as RoleBinding)
    : ((object as ClusterRole).rules ?? []);
  const { namespace = '' } = object.metadata;
  const missing = rules.filter(
    (rule) => !attributesOf(rule, namespace).every((one) => authorizer.decide(user, one).allowed),
  );
  if (missing.length === 0) return null;
  const who = `user "${user.username}" (groups=[${user.groups.map((group) => `"${group}"`).join(' ')}])`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${missing.map(ruleText).join('\n')}`;
}

function escalatePermit(target: Target, object: KubeObject): Attributes {
  return resourceAttributes(
    'escalate',
    rbac,
    target.kind.plural,
    object.metadata.namespace,
    object.metadata.name,
  );
}

function bindPermit(binding: RoleBinding): Attributes {
  const { kind, name } = binding.roleRef;
  const plural = kind === 'Role' ? 'roles' : 'clusterroles';
  return resourceAttributes('bind', rbac, plural, binding.metadata.namespace, name);
}

/** Every single thing that a rule allows. */
function attributesOf(rule: PolicyRule, namespace: string): Attributes[] {
  const paths = (rule.nonResourceURLs ?? []).flatMap((path) =>
    rule.verbs.map((verb): Attributes => ({ type: 'path', verb, path })),
  );
  const names = rule.resourceNames?.length ? rule.resourceNames : [''];
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((name) => resourceAttributes(verb, group, resource, namespace, name)),
      ),
    ),
  );
  return [...paths, ...resources];
}

function resourceAttributes(
  verb: string,
  group: string,
  resource: string,
  namespace = '',
  name = '',
): Attributes & { readonly type: 'resource' } {
  const [plural = '', subresource = ''] = resource.split('/', 2);
  return { type: 'resource', verb, group, resource: plural, subresource, namespace, name };
}

function ruleText(rule: PolicyRule): string {
  const fields = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['ResourceNames', rule.resourceNames],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['Verbs', rule.verbs],
  ] as const;
  const texts = fields.flatMap(([name, values]) =>
    values === undefined ? [] : [`${name}:${JSON.stringify(values)}`],
  );
  return `{${texts.join(', ')}}`;
}
