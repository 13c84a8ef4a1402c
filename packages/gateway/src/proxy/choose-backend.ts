import type { CompiledRule, WeightedBackend } from '../routing/table.ts';

/** A backend by weight, or null when the rule has none. */
export function chooseBackend(rule: CompiledRule, random: () => number): WeightedBackend | null {
  if (rule.totalWeight === 0) return null;
  if (rule.backends.length === 1) return rule.backends[0] ?? null;
  let ticket = random() * rule.totalWeight;
  for (const backend of rule.backends) {
    ticket -= backend.weight;
    if (ticket < 0) return backend;
  }
  // Rounding left a rest.
  return rule.backends.findLast(({ weight }) => weight > 0) ?? null;
}
