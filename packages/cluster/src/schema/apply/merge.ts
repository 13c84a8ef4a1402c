import { childSchema, put, type StructuralSchema } from '../structural.ts';
import { itemElement } from './path-element.ts';
import { entriesOf, itemsOf, shapeOf } from './shape.ts';

/** The live object with everything that the applied configuration says. Undefined: nothing is left of the value. */
export function mergeApplied(schema: StructuralSchema | undefined, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  const shape = shapeOf(schema, applied === null ? live : applied);
  if (shape === 'fields') {
    const [mine, theirs] = [entriesOf(live), entriesOf(applied)];
    if (Object.keys(mine).length === 0 && Object.keys(theirs).length === 0) return applied;
    return mergeFields(schema, mine, theirs);
  }
  if (shape === 'items') {
    const [mine, theirs] = [itemsOf(live), itemsOf(applied)];
    if (mine.length === 0 && theirs.length === 0) return applied;
    return mergeItems(schema as StructuralSchema, mine, theirs);
  }
  return applied;
}

function mergeFields(
  schema: StructuralSchema | undefined,
  live: Readonly<Record<string, unknown>>,
  applied: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const result: Record<string, unknown> = {};
  for (const key of new Set([...Object.keys(live), ...Object.keys(applied)])) {
    const mine = Object.hasOwn(live, key) ? live[key] : undefined;
    const theirs = Object.hasOwn(applied, key) ? applied[key] : undefined;
    const merged = mergeApplied(childSchema(schema, key), mine, theirs);
    if (merged !== undefined) put(result, key, merged);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

interface Indexed {
  readonly elements: readonly string[];
  readonly items: readonly unknown[];
  /** By element; null for items that occur more than once, which are never merged. */
  readonly byElement: ReadonlyMap<string, unknown>;
}

/**
 * Keeps the order of the applied list for the items that it names, and lets items that only the live list has stay
 * after the live neighbour that they follow.
 */
function mergeItems(
  list: StructuralSchema,
  live: readonly unknown[],
  applied: readonly unknown[],
): unknown[] | undefined {
  const left = index(list, live);
  const right = index(list, applied);
  const result: unknown[] = [];
  const push = (mine: unknown, theirs: unknown): void => {
    const merged = mergeApplied(list.items, mine ?? undefined, theirs);
    if (merged !== undefined) result.push(merged);
  };
  const shared = right.elements.filter((element) => left.byElement.has(element));
  const done = new Set<string>();
  let next = shared.shift();
  let [i, j] = [0, 0];
  while (i < left.elements.length || j < right.elements.length) {
    const mine = left.elements[i];
    const theirs = right.elements[j];
    if (mine !== undefined && theirs !== undefined) {
      if (mine === theirs) {
        done.add(mine);
        push(left.byElement.get(mine), right.byElement.get(mine));
        i++;
        j++;
        next = shared.shift();
        continue;
      }
      if (right.byElement.has(mine) && next !== undefined && next !== mine) {
        i++;
        continue;
      }
    }
    if (mine !== undefined) {
      if (!right.byElement.has(mine)) {
        push(left.items[i], undefined);
        i++;
        continue;
      }
      if (done.has(mine)) i++;
    }
    if (theirs !== undefined) {
      done.add(theirs);
      push(left.byElement.get(theirs), right.byElement.get(theirs));
      j++;
      if (next === theirs) next = shared.shift();
    }
  }
  return result.length === 0 ? undefined : result;
}

function index(list: StructuralSchema, items: readonly unknown[]): Indexed {
  const byElement = new Map<string, unknown>();
  const elements = items.map((item) => itemElement(list, item));
  elements.forEach((element, i) => {
    byElement.set(element, byElement.has(element) ? null : items[i]);
  });
  return { elements, items, byElement };
}
