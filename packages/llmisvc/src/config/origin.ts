import type { MergeField, MergeNode } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { type Layer, specMergeNode } from './layers.ts';
import { withoutZeroValues } from './zero-values.ts';

/** A layer that says something about a field, and what it says, with its templates. */
export interface Origin {
  readonly layer: Layer;
  readonly value: unknown;
}

/** A step down: a field, or the item of a list by position or by the value of its merge key. */
type Step = string | { readonly key: string; readonly id: unknown } | number;

/**
 * The layers that set a field of the merged spec, the winner last. `path` is written as in errors:
 * `spec.template.containers[main].args` or with a position, `containers[0]`. Null: there is no such field.
 */
export function originsOf(
  layers: readonly Layer[],
  merged: LLMInferenceServiceSpec,
  path: string,
): readonly Origin[] | null {
  const steps = toSteps(merged, path);
  if (steps === null) return null;
  return layers.flatMap((layer) => {
    const value = steps.reduce<unknown>(descend, withoutZeroValues(layer.spec));
    return value === undefined ? [] : [{ layer, value }];
  });
}

/** Positions in lists that merge by key become keys: the same item stands elsewhere in other layers. */
function toSteps(merged: unknown, path: string): readonly Step[] | null {
  const words = parsePath(path);
  if (words === null) return null;
  const steps: Step[] = [];
  let value: unknown = merged;
  let field: MergeField | undefined = { node: specMergeNode };
  for (const word of words) {
    const node: MergeNode | undefined = field?.node;
    const step: Step = Array.isArray(value) ? toItemStep(value, word, field?.mergeKey) : word;
    if (!Array.isArray(value)) {
      field = node !== undefined && Object.hasOwn(node.fields, word) ? node.fields[word] : undefined;
    } else field = node === undefined ? undefined : { node };
    value = descend(value, step);
    if (value === undefined) return null;
    steps.push(step);
  }
  return steps;
}

function toItemStep(items: readonly unknown[], word: string, mergeKey: string | undefined): Step {
  const position = /^\d+$/.test(word)
    ? Number(word)
    : items.findIndex((item) => isRecord(item) && item.name === word);
  const item = items[position];
  return mergeKey !== undefined && isRecord(item) ? { key: mergeKey, id: item[mergeKey] } : position;
}

/** `spec.a.b[0].c[name]` as words; names of map keys with dots stand in brackets: `labels[app.kubernetes.io/name]`. */
function parsePath(path: string): readonly string[] | null {
  const rest = path.replace(/^spec(?=[.[]|$)/, '').replace(/^\.?/, '.');
  if (rest === '.') return [];
  const words: string[] = [];
  const pattern = /\.([^.[\]]+)|\[([^\]]*)\]/y;
  while (pattern.lastIndex < rest.length) {
    const match = pattern.exec(rest);
    if (match === null) return null;
    words.push(match[1] ?? match[2] ?? '');
  }
  return words;
}

function descend(value: unknown, step: Step): unknown {
  if (Array.isArray(value)) {
    if (typeof step === 'number') return value[step];
    return typeof step === 'string'
      ? undefined
      : value.find((item) => isRecord(item) && item[step.key] === step.id);
  }
  return isRecord(value) && typeof step === 'string' && Object.hasOwn(value, step) ? value[step] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
