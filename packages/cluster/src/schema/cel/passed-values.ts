import type { StructuralSchema } from '../structural.ts';
import { compileCel } from './program.ts';

/** Larger values hardly come back. */
const maxParts = 40;
const maxLength = 1000;
const maxRemembered = 4096;

const passed = new WeakMap<StructuralSchema, Set<string>>();
const pure = new WeakMap<StructuralSchema, boolean>();

/**
 * The text under which a value that passed all rules at and below its schema is remembered; null where the outcome
 * depends on more than the value, or where it is not worth it. Filters, time limits and paths are alike in many objects.
 */
export function memoText(schema: StructuralSchema, value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !dependsOnSelfOnly(schema)) return null;
  if (partsLeft(value, maxParts) < 0) return null;
  const text = JSON.stringify(value);
  return text.length > maxLength ? null : text;
}

/** Counts down by the fields and items of a value; negative when there are more. */
function partsLeft(value: object, parts: number): number {
  let left = parts;
  for (const one of Object.values(value)) {
    left--;
    if (left < 0) return left;
    if (typeof one === 'object' && one !== null) left = partsLeft(one, left);
  }
  return left;
}

export function hasPassed(schema: StructuralSchema, text: string): boolean {
  return passed.get(schema)?.has(text) === true;
}

export function rememberPassed(schema: StructuralSchema, text: string): void {
  let texts = passed.get(schema);
  if (texts === undefined) {
    texts = new Set();
    passed.set(schema, texts);
  }
  if (texts.size >= maxRemembered) texts.clear();
  texts.add(text);
}

/** Rules about changes look at the stored object as well. */
function dependsOnSelfOnly(schema: StructuralSchema): boolean {
  let answer = pure.get(schema);
  if (answer === undefined) {
    // While its own parts are looked at: types may refer to themselves.
    pure.set(schema, true);
    const branches = schema.checks?.allOf ?? [];
    const parts = [schema.items, schema.additional, ...schema.properties.values(), ...branches];
    answer =
      schema.rules.every(({ rule }) => {
        const program = compileCel(rule);
        return program instanceof Error || !program.usesOldSelf;
      }) && parts.every((part) => part === undefined || dependsOnSelfOnly(part));
    pure.set(schema, answer);
  }
  return answer;
}
