import { type MergeField, type MergeNode, mergeNodeOf, strategicMerge } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';

/** Only pod specs have lists that merge by key; every other list of the spec is replaced as a whole. */
const podSpec: MergeField = nodeField(mergeNodeOf('io.k8s.api.core.v1.PodSpec'));
const specNode: MergeNode = {
  fields: {
    template: podSpec,
    router: nodeField({ fields: { scheduler: nodeField({ fields: { template: podSpec } }) } }),
  },
};

/**
 * Puts one layer over another with Kubernetes' strategic merge. Absent, null and Go's zero values of the upper
 * layer leave the lower one; nothing can be unset (control-plane 5.6).
 */
export function mergeSpecs(
  base: LLMInferenceServiceSpec,
  override: LLMInferenceServiceSpec,
): LLMInferenceServiceSpec {
  const patch = withoutZeroValues(override) as LLMInferenceServiceSpec;
  const lower = dropReplacedConfig(
    {
      ...base,
      ...replaceIn(base, 'template', dropReplacedSources(base.template, patch.template)),
      ...replaceIn(base, 'router', replacedRouter(base, patch)),
    },
    patch,
  );
  return strategicMerge(lower, patch, specNode) as LLMInferenceServiceSpec;
}

function nodeField(node: MergeNode | undefined): MergeField {
  return node === undefined ? {} : { node };
}

function replaceIn(base: object, key: string, value: unknown): Record<string, unknown> {
  return key in base ? { [key]: value } : {};
}

function replacedRouter(base: LLMInferenceServiceSpec, patch: LLMInferenceServiceSpec): unknown {
  const scheduler = base.router?.scheduler;
  if (scheduler?.template === undefined) return base.router;
  const template = dropReplacedSources(scheduler.template, patch.router?.scheduler?.template);
  return { ...base.router, scheduler: { ...scheduler, template } };
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

/** A volume or variable given another source by the upper layer loses the lower one; both together are invalid. */
function dropReplacedSources(base: unknown, patch: unknown): unknown {
  if (!isRecord(base) || !isRecord(patch)) return base;
  const result: Record<string, unknown> = { ...base };
  replaceItems(result, patch, 'volumes', (item) => ({ name: item.name }));
  for (const list of ['containers', 'initContainers']) {
    const containers = itemsOf(base[list]);
    if (containers.length === 0) continue;
    result[list] = containers.map((container) => {
      const over = itemsOf(patch[list]).find((one) => one.name === container.name);
      if (over === undefined) return container;
      const merged = { ...container };
      replaceItems(merged, over, 'env', ({ name }) => ({ name }));
      return merged;
    });
  }
  return result;
}

function replaceItems(
  target: Record<string, unknown>,
  patch: Readonly<Record<string, unknown>>,
  list: string,
  keep: (item: Record<string, unknown>) => Record<string, unknown>,
): void {
  const items = itemsOf(target[list]);
  if (items.length === 0) return;
  target[list] = items.map((item) => {
    const over = itemsOf(patch[list]).find((one) => one.name === item.name);
    return over === undefined || hasSameSource(item, over) ? item : keep(item);
  });
}

function hasSameSource(
  item: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): boolean {
  const sources = (one: object): string[] => Object.keys(one).filter((key) => key !== 'name');
  return sources(over).every((key) => key in item) || sources(over).length === 0;
}

/** Fields of pod specs that Go holds without a pointer: their zero value means "not set". */
const zeroMeansAbsent = new Set([
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
  'hostPort',
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
]);

function withoutZeroValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutZeroValues(item));
  if (!isRecord(value)) return value;
  const kept: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item === null || item === undefined || item === '') continue;
    if ((item === false || item === 0) && zeroMeansAbsent.has(key)) continue;
    if (Array.isArray(item) && item.length === 0) continue;
    // The picker's configuration is opaque: its empty values mean something to the picker.
    kept.push([key, key === 'inline' ? item : withoutZeroValues(item)]);
  }
  return Object.fromEntries(kept);
}

function itemsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
