import { defineErrors } from '@weir/core/errors';
import type { MergeField, MergeNode } from './merge-node.ts';
import { deleteItems, isObject, mergeLists, orderList } from './strategic-merge-list.ts';

const errors = defineErrors('MERGE', {
  DIRECTIVE: {
    status: 400,
    message: 'strategic merge patch: {field}: {problem}',
    docs: 'A $patch, $retainKeys, $setElementOrder or $deleteFromPrimitiveList directive is malformed.',
  },
});

const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/**
 * Applies a strategic merge patch with Kubernetes' rules: `null` deletes, objects merge, lists are replaced unless
 * `node` names a merge key (or the strategy `merge` for lists of plain values), and the `$…` directives are obeyed.
 * Neither input is changed; the result may share parts with them. Throws a WeirError for malformed directives.
 */
export function strategicMerge(base: unknown, patch: unknown, node: MergeNode | undefined): unknown {
  if (!isObject(patch)) return patch;
  return mergeObjects(isObject(base) ? base : {}, patch, node);
}

export function mergeObjects(
  base: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
  node: MergeNode | undefined,
): Record<string, unknown> {
  if (Object.hasOwn(patch, '$patch')) {
    if (patch.$patch === 'replace') return withoutKey(patch, '$patch');
    if (patch.$patch === 'delete') return {};
    if (patch.$patch !== 'merge')
      throw directiveError('$patch', `unknown value ${JSON.stringify(patch.$patch)}`);
  }
  const result = retained(base, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith('$')) continue;
    mergeField(result, key, value, fieldOf(node, key));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(deletePrefix)) deleteFrom(result, key.slice(deletePrefix.length), value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(orderPrefix)) order(result, base, patch, key.slice(orderPrefix.length), value, node);
  }
  return result;
}

function mergeField(
  result: Record<string, unknown>,
  key: string,
  value: unknown,
  field: MergeField | undefined,
): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const current = Object.hasOwn(result, key) ? result[key] : undefined;
  if (isObject(current) && isObject(value)) {
    put(result, key, field?.strategy === 'replace' ? value : mergeObjects(current, value, field?.node));
  } else if (Array.isArray(current) && Array.isArray(value)) {
    put(result, key, field?.strategy === 'merge' ? mergeLists(current, value, field, key) : value);
  } else {
    const plain = withoutDirectives(value);
    if (plain === undefined) delete result[key];
    else put(result, key, plain);
  }
}

function retained(
  base: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  if (!Object.hasOwn(patch, '$retainKeys')) return { ...base };
  const keys = patch.$retainKeys;
  if (!Array.isArray(keys)) throw directiveError('$retainKeys', 'must be a list of field names');
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && !key.startsWith('$') && !keys.includes(key)) {
      throw directiveError('$retainKeys', `the patch sets ${key}, which the list does not name`);
    }
  }
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(base)) if (keys.includes(key)) put(result, key, value);
  return result;
}

function deleteFrom(result: Record<string, unknown>, key: string, values: unknown): void {
  if (!Array.isArray(values)) throw directiveError(`${deletePrefix}${key}`, 'must be a list');
  const current = Object.hasOwn(result, key) ? result[key] : undefined;
  if (Array.isArray(current)) put(result, key, deleteItems(current, values));
}

function order(
  result: Record<string, unknown>,
  base: Readonly<Record<string, unknown>>,
  patch: Readonly<Record<string, unknown>>,
  key: string,
  wanted: unknown,
  node: MergeNode | undefined,
): void {
  if (!Array.isArray(wanted)) throw directiveError(`${orderPrefix}${key}`, 'must be a list');
  const merged = Object.hasOwn(result, key) ? result[key] : undefined;
  if (!Array.isArray(merged)) return;
  const live = Object.hasOwn(base, key) ? base[key] : undefined;
  const sent = Object.hasOwn(patch, key) ? patch[key] : undefined;
  const mergeKey = fieldOf(node, key)?.mergeKey;
  if (Array.isArray(sent)) requireOrder(sent, wanted, mergeKey, key);
  const before = Array.isArray(live) ? live : [];
  const known = Array.isArray(sent) ? orderAfterDeletes(before, sent, mergeKey) : before;
  put(result, key, orderList(merged, wanted, known, mergeKey));
}

/**
 * parity: apimachinery's strategicpatch/patch.go deletes in place and then appends to the same list, so that new items
 * take the places of deleted ones in what it remembers as the live order.
 */
function orderAfterDeletes(
  live: readonly unknown[],
  sent: readonly unknown[],
  mergeKey: string | undefined,
): readonly unknown[] {
  if (mergeKey === undefined) return live;
  const keyOf = (item: unknown): unknown => (isObject(item) ? item[mergeKey] : undefined);
  const isDelete = (item: unknown): boolean => isObject(item) && item.$patch === 'delete';
  const deleted = new Set(sent.filter(isDelete).map(keyOf));
  if (deleted.size === 0) return live;
  const kept = live.filter((item) => !deleted.has(keyOf(item)));
  const known = new Set(kept.map(keyOf));
  const added = sent.filter((item) => !isDelete(item) && !known.has(keyOf(item)));
  return [...kept, ...added.slice(0, live.length - kept.length)];
}

/** The items of the patch must appear in `wanted` in the same relative order; kubectl always sends them so. */
function requireOrder(
  sent: readonly unknown[],
  wanted: readonly unknown[],
  mergeKey: string | undefined,
  key: string,
): void {
  const identity = (item: unknown): unknown =>
    mergeKey !== undefined && isObject(item) ? item[mergeKey] : item;
  const kept = sent.filter((item) => !isObject(item) || !Object.hasOwn(item, '$patch'));
  let next = 0;
  for (const item of wanted) if (next < kept.length && identity(kept[next]) === identity(item)) next++;
  if (wanted.length > 0 && next < kept.length) {
    throw directiveError(`${orderPrefix}${key}`, `does not name the items of ${key} in the order they have`);
  }
}

/** A value that meets nothing to merge with: nulls and objects that only carry directives disappear. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withoutDirectives(item)).filter((item) => item !== undefined);
  }
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, '$patch') && value.$patch !== 'replace' && value.$patch !== 'merge')
    return undefined;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null || key.startsWith('$')) continue;
    const plain = withoutDirectives(inner);
    if (plain !== undefined) put(result, key, plain);
  }
  return result;
}

function fieldOf(node: MergeNode | undefined, key: string): MergeField | undefined {
  return node !== undefined && Object.hasOwn(node.fields, key) ? node.fields[key] : undefined;
}

function withoutKey(value: Readonly<Record<string, unknown>>, key: string): Record<string, unknown> {
  const { [key]: _dropped, ...rest } = value;
  return rest;
}

/** Assigns as plain data: `__proto__` in a document is a key like any other. */
function put(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

export function directiveError(field: string, problem: string): Error {
  return errors.DIRECTIVE({ field, problem });
}
