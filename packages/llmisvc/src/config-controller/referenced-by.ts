import { type KubeObject, keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import type { LLMInferenceService } from '@weir/api/serving';

/** Services that were, or would be, composed with a Config, by namespace and name. */
export function referencedBy(
  config: KubeObject,
  services: readonly LLMInferenceService[],
  systemNamespace: string,
): readonly ObjectKey[] {
  const key = keyText(keyOf(config));
  return services
    .filter((service) => configsOf(service, systemNamespace).some((one) => keyText(one) === key))
    .map(keyOf)
    .sort((a, b) => (keyText(a) < keyText(b) ? -1 : 1));
}

/**
 * The Configs a service is known to use: what it was last composed with. Before that, the names in its pins and
 * baseRefs, in both namespaces where they are looked for.
 */
export function configsOf(service: LLMInferenceService, systemNamespace: string): readonly ObjectKey[] {
  const { status, spec, metadata } = service;
  const applied = status?.appliedConfigs ?? [];
  const refs = (spec?.baseRefs ?? []).map(({ name }) => name);
  // A baseRef that was added a moment ago is in use already.
  const names = applied.length > 0 ? refs : [...refs, ...Object.values(status?.annotations ?? {})];
  const namespaces = [metadata.namespace ?? '', systemNamespace];
  const looked = names
    .filter((name) => !applied.some((one) => one.name === name))
    .flatMap((name) => namespaces.map((namespace) => ({ namespace, name })));
  return [...applied.map(({ namespace, name }) => ({ namespace, name })), ...looked];
}
