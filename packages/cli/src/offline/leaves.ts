/** A field without fields below it. Lists of unnamed items count as one value. */
export interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

/** The leaves of a spec at or below a path such as `spec.template.containers[0].args`; null when there is none. */
export function leavesAt(spec: unknown, path: string): readonly Leaf[] | null {
  const words = path.replace(/^spec\.?/, '').match(/[^.[\]]+/g) ?? [];
  const value = words.reduce<unknown>(step, spec);
  return value === undefined ? null : [...leavesOf(value, path)];
}

function step(value: unknown, word: string): unknown {
  if (Array.isArray(value)) {
    return /^\d+$/.test(word)
      ? value[Number(word)]
      : value.find((item) => isRecord(item) && item.name === word);
  }
  return isRecord(value) && Object.hasOwn(value, word) ? value[word] : undefined;
}

function* leavesOf(value: unknown, path: string): Iterable<Leaf> {
  if (isRecord(value) && Object.keys(value).length > 0) {
    for (const [key, item] of Object.entries(value)) {
      yield* leavesOf(item, /[.[\]]/.test(key) ? `${path}[${key}]` : `${path}.${key}`);
    }
  } else if (Array.isArray(value) && value.length > 0 && value.every(hasName)) {
    for (const item of value) yield* leavesOf(item, `${path}[${item.name}]`);
  } else yield { path, value };
}

function hasName(item: unknown): item is { readonly name: string } {
  return isRecord(item) && typeof item.name === 'string' && item.name !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
