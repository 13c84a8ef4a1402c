import { strategicMerge } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { podSpecPaths, specMergeNode } from './layers.ts';
import { dropReplacedSources } from './replaced-sources.ts';
import { withoutZeroValues } from './zero-values.ts';

/**
 * Puts one layer over another with Kubernetes' strategic merge. Absent, null and Go's zero values of the upper
 * layer leave the lower one; nothing can be unset (control-plane 5.6), except that with `obeys` an item that says
 * `$patch: delete` takes the item of the same key away.
 */
export function mergeSpecs(
  base: LLMInferenceServiceSpec,
  override: LLMInferenceServiceSpec,
  obeys = false,
): LLMInferenceServiceSpec {
  const patch = withoutZeroValues(override, obeys) as LLMInferenceServiceSpec;
  const lower = podSpecPaths.reduce<unknown>(
    (spec, path) => replaceAt(spec, path, (pod) => dropReplacedSources(pod, at(patch, path))),
    dropReplacedConfig(base, patch),
  );
  return strategicMerge(lower, patch, specMergeNode) as LLMInferenceServiceSpec;
}

/** The scheduler config of the upper layer replaces the lower one: two texts cannot be mixed. */
function dropReplacedConfig(
  base: LLMInferenceServiceSpec,
  patch: LLMInferenceServiceSpec,
): LLMInferenceServiceSpec {
  const { scheduler } = base.router ?? {};
  if (scheduler?.config === undefined || patch.router?.scheduler?.config === undefined) return base;
  const { config: _replaced, ...rest } = scheduler;
  return { ...base, router: { ...base.router, scheduler: rest } };
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((one, key) => (isRecord(one) ? one[key] : undefined), value);
}

/** Shares what lies beside the path with the original. */
function replaceAt(value: unknown, path: readonly string[], change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  if (!isRecord(value) || value[key] === undefined) return value;
  const inner = replaceAt(value[key], rest, change);
  return inner === value[key] ? value : { ...value, [key]: inner };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
