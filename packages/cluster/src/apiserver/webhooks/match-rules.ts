import type { Target } from '../registry/served-kind.ts';
import { targetOf } from '../registry/served-kind.ts';
import { type AdmissionAttributes, isNamespaceKind } from './attributes.ts';
import type { Webhook, WebhookRule } from './configuration.ts';

/**
 * The version in which a webhook wants to see the objects of a request, or null when it does not want to see them.
 * With the policy Equivalent a rule for another version of the same kind counts, too.
 */
export function matchRules(webhook: Webhook, attributes: AdmissionAttributes): Target | null {
  const { target } = attributes;
  const { rules = [] } = webhook;
  if (rules.some((rule) => matchesRule(rule, attributes, target))) return target;
  if (webhook.matchPolicy !== 'Equivalent') return null;
  for (const rule of rules) {
    for (const version of target.served.versions) {
      const other = targetOf(target.served, version);
      if (version.name !== target.version.name && matchesRule(rule, attributes, other)) return other;
    }
  }
  return null;
}

function matchesRule(rule: WebhookRule, attributes: AdmissionAttributes, { kind }: Target): boolean {
  const { operation, subresource } = attributes;
  return (
    matchesScope(rule.scope ?? '*', attributes) &&
    includes(rule.operations, operation) &&
    includes(rule.apiGroups, kind.group) &&
    includes(rule.apiVersions, kind.version) &&
    (rule.resources ?? []).some((resource) => matchesResource(resource, kind.plural, subresource))
  );
}

function includes(values: readonly string[] = [], wanted: string): boolean {
  return values.some((value) => value === '*' || value === wanted);
}

/** Namespaces count as cluster-scoped, although requests for one carry its name as namespace. */
function matchesScope(scope: string, { target, namespace }: AdmissionAttributes): boolean {
  if (scope === '*') return true;
  const isNamespaced = !isNamespaceKind(target) && namespace !== '';
  return isNamespaced === (scope === 'Namespaced');
}

function matchesResource(text: string, plural: string, subresource: string): boolean {
  const slash = text.indexOf('/');
  const resource = slash < 0 ? text : text.slice(0, slash);
  const sub = slash < 0 ? '' : text.slice(slash + 1);
  return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource);
}
