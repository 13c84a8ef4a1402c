import { keyOf, keyText, type ObjectKey } from '@weir/api/meta';
import { type LLMInferenceService, validatedSpecAnnotation } from '@weir/api/serving';

/** Services by `namespace/name` of the Configs that they use. */
export const configIndex = 'config';

export function configKeys(service: LLMInferenceService, systemNamespace: string): string[] {
  return [...new Set(configsOf(service, systemNamespace).map(keyText))];
}

/** By namespace and name. */
export function sortedKeys(services: readonly LLMInferenceService[]): readonly ObjectKey[] {
  const keys = services.map((service) => ({ key: keyOf(service), text: keyText(keyOf(service)) }));
  return keys.sort((a, b) => (a.text < b.text ? -1 : 1)).map(({ key }) => key);
}

/**
 * The Configs a service is known to use: what it was last composed with. Before that, the names in its pins and
 * baseRefs, in both namespaces where they are looked for.
 */
export function configsOf(service: LLMInferenceService, systemNamespace: string): readonly ObjectKey[] {
  const { status, spec, metadata } = service;
  const applied = status?.appliedConfigs ?? [];
  const refs = (spec?.baseRefs ?? []).map(({ name }) => name);
  const { [validatedSpecAnnotation]: _hash, ...pins } = status?.annotations ?? {};
  // A baseRef that was added a moment ago is in use already.
  const names = applied.length > 0 ? refs : [...refs, ...Object.values(pins)];
  const namespaces = [metadata.namespace ?? '', systemNamespace];
  const looked = names
    .filter((name) => !applied.some((one) => one.name === name))
    .flatMap((name) => namespaces.map((namespace) => ({ namespace, name })));
  return [...applied.map(({ namespace, name }) => ({ namespace, name })), ...looked];
}
