import { isMap, itemSort, listOf, objectOf } from './fields.ts';
import { type Frame, NotCompilable, type Run, type Sort, type Term, unsure } from './term.ts';

/** What a macro runs over: the items of a list, or the keys of a map. */
export interface Range {
  readonly itemsOf: (frame: Frame) => readonly unknown[];
  readonly sort: Sort;
}

export function rangeOf({ run, sort }: Term): Range {
  const items = itemSort(sort);
  if (items !== undefined) return { itemsOf: (frame) => listOf(run(frame)), sort: items };
  if (sort.type !== 'json' || !isMap(sort.schema)) throw new NotCompilable();
  return {
    itemsOf: (frame) => Object.keys(objectOf(run(frame))),
    sort: { type: 'string' },
  };
}

/** The condition of a macro with the place of its variable in the frame. */
export interface Condition {
  readonly slot: number;
  readonly run: Run;
}

export function allTerm({ itemsOf }: Range, condition: Condition): Term {
  return boolTerm((frame) => {
    for (const item of itemsOf(frame)) if (!holds(condition, frame, item)) return false;
    return true;
  });
}

export function existsTerm({ itemsOf }: Range, condition: Condition): Term {
  return boolTerm((frame) => {
    for (const item of itemsOf(frame)) if (holds(condition, frame, item)) return true;
    return false;
  });
}

/** Looks at all items, as the interpreter does: an error after the second one still counts. */
export function existsOneTerm({ itemsOf }: Range, condition: Condition): Term {
  return boolTerm((frame) => {
    let found = 0;
    for (const item of itemsOf(frame)) if (holds(condition, frame, item)) found++;
    return found === 1;
  });
}

export function filterTerm({ itemsOf, sort }: Range, condition: Condition): Term {
  return {
    sort: { type: 'list', items: sort },
    run: (frame) => {
      const kept: unknown[] = [];
      for (const item of itemsOf(frame)) if (holds(condition, frame, item)) kept.push(item);
      return kept;
    },
  };
}

export function mapTerm({ itemsOf }: Range, slot: number, body: Term): Term {
  return {
    sort: { type: 'list', items: body.sort },
    run: (frame) => {
      const results: unknown[] = [];
      for (const item of itemsOf(frame)) {
        frame[slot] = item;
        results.push(body.run(frame));
      }
      return results;
    },
  };
}

function holds({ slot, run }: Condition, frame: Frame, item: unknown): boolean {
  frame[slot] = item;
  const result = run(frame);
  if (typeof result !== 'boolean') throw unsure;
  return result;
}

function boolTerm(run: Run): Term {
  return { run, sort: { type: 'bool' } };
}
