import type { MergeField } from './merge-node.ts';
import { directiveError, mergeObjects, withoutDirectives } from './strategic-merge.ts';

/** Merges lists whose strategy is `merge`: by the merge key, or as sets of plain values. */
export function mergeLists(
  base: readonly unknown[],
  patch: readonly unknown[],
  field: MergeField,
  name: string,
): unknown[] {
  if (![...base, ...patch].some(isObject)) {
    return orderList([...new Set([...base, ...patch])], patch, base, undefined);
  }
  const key = field.mergeKey;
  if (key === undefined) throw directiveError(name, 'a list of objects without merge key cannot be merged');
  const items = [...base, ...patch].map((item) => requireKey(item, key, name));
  const sent = items.slice(base.length);
  const replaces = sent.some((item) => item.$patch === 'replace');
  let result = replaces ? [] : items.slice(0, base.length);
  for (const item of sent)
    if (item.$patch === 'delete') result = result.filter((one) => one[key] !== item[key]);
  const changes = sent.filter((item) => !Object.hasOwn(item, '$patch'));
  const live = result;
  result = replaces ? changes : mergeItems(result, changes, key, field);
  return orderList(result, changes, live, key);
}

function mergeItems(
  live: readonly Record<string, unknown>[],
  changes: readonly Record<string, unknown>[],
  key: string,
  field: MergeField,
): Record<string, unknown>[] {
  const result = [...live];
  const positions = new Map<unknown, number>();
  live.forEach((item, index) => {
    if (!positions.has(item[key])) positions.set(item[key], index);
  });
  for (const change of changes) {
    const position = positions.get(change[key]);
    const current = position === undefined ? undefined : result[position];
    if (position !== undefined && current !== undefined) {
      result[position] = mergeObjects(current, change, field.node);
    } else {
      positions.set(change[key], result.length);
      result.push(withoutDirectives(change) as Record<string, unknown>);
    }
  }
  return result;
}

function requireKey(item: unknown, key: string, name: string): Record<string, unknown> {
  if (!isObject(item)) throw directiveError(name, 'list mixes objects and plain values');
  if (item.$patch === 'replace') return item;
  if (item.$patch !== undefined && item.$patch !== 'delete') {
    throw directiveError(name, `unknown $patch ${JSON.stringify(item.$patch)} in a list item`);
  }
  if (!Object.hasOwn(item, key)) throw directiveError(name, `an item has no merge key ${key}`);
  return item;
}

export function deleteItems(list: readonly unknown[], values: readonly unknown[]): unknown[] {
  const doomed = new Set(values);
  return list.filter((item) => !doomed.has(item));
}

/**
 * Items named by `wanted` in that order; the others keep their live order and stay before the first named item that
 * follows them in the live list.
 */
export function orderList(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  live: readonly unknown[],
  mergeKey: string | undefined,
): unknown[] {
  const identity = (item: unknown): unknown =>
    mergeKey !== undefined && isObject(item) ? item[mergeKey] : item;
  const wantedAt = firstPositions(wanted.map(identity));
  const liveAt = firstPositions(live.map(identity));
  const at = (positions: ReadonlyMap<unknown, number>, item: unknown): number =>
    positions.get(identity(item)) ?? Number.POSITIVE_INFINITY;
  const byPosition =
    (positions: ReadonlyMap<unknown, number>) =>
    (a: unknown, b: unknown): number =>
      at(positions, a) === at(positions, b) ? 0 : at(positions, a) - at(positions, b);
  const named = merged.filter((item) => wantedAt.has(identity(item))).sort(byPosition(wantedAt));
  const others = merged.filter((item) => !wantedAt.has(identity(item))).sort(byPosition(liveAt));
  return interleave(
    others,
    named,
    (other, one) => at(liveAt, other) < at(liveAt, one) && liveAt.has(identity(one)),
  );
}

function interleave(
  others: readonly unknown[],
  named: readonly unknown[],
  isBefore: (other: unknown, named: unknown) => boolean,
): unknown[] {
  const result: unknown[] = [];
  let next = 0;
  for (const one of named) {
    while (next < others.length && isBefore(others[next], one)) result.push(others[next++]);
    result.push(one);
  }
  return [...result, ...others.slice(next)];
}

function firstPositions(keys: readonly unknown[]): Map<unknown, number> {
  const positions = new Map<unknown, number>();
  keys.forEach((key, index) => {
    if (!positions.has(key)) positions.set(key, index);
  });
  return positions;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
