import { type CelInput, isCelError } from '@bufbuild/cel';
import { duplicate, type FieldError, forbidden, invalid, required } from '@weir/api/meta';
import { isEqual } from '../apply/shape.ts';
import { oldField, oldItems } from '../correlate.ts';
import { hasRules } from '../has-rules.ts';
import { isJsonObject, type StructuralSchema, type ValidationRule } from '../structural.ts';
import { join } from '../validate.ts';
import { optionalNone, optionalOf } from './functions/optionals.ts';
import { hasPassed, memoText, rememberPassed } from './passed-values.ts';
import { type CelProgram, compileCel } from './program.ts';
import { type CelMemo, toCelValue } from './values.ts';

/** Steps that the rules of one request may take together, estimated before each rule runs. */
const defaultBudget = 20_000_000;

interface RuleOptions {
  /** The stored object on update; null on create. Transition rules compare with it. */
  readonly old?: unknown;
  readonly budget?: number;
}

interface Walk {
  readonly errors: FieldError[];
  readonly memo: CelMemo;
  readonly oldMemo: CelMemo;
  budget: number;
}

/**
 * Evaluates the x-kubernetes-validations of a schema. Values that an update leaves as they were are not judged again,
 * except by transition rules.
 */
export function validateRules(
  schema: StructuralSchema,
  value: unknown,
  options: RuleOptions = {},
): readonly FieldError[] {
  const walk: Walk = {
    errors: [],
    memo: new WeakMap(),
    oldMemo: new WeakMap(),
    budget: options.budget ?? defaultBudget,
  };
  visit(schema, value, options.old ?? undefined, '', walk);
  return walk.errors;
}

function visit(schema: StructuralSchema, value: unknown, old: unknown, path: string, walk: Walk): void {
  if (value === null || value === undefined || walk.budget < 0 || !hasRules(schema)) return;
  const text = schema.rules.length > 0 ? memoText(schema, value) : null;
  if (text !== null && hasPassed(schema, text)) return;
  const errorsBefore = walk.errors.length;
  visitValue(schema, value, old, path, walk);
  const isPassed = walk.errors.length === errorsBefore && old === undefined && walk.budget >= 0;
  if (text !== null && isPassed) rememberPassed(schema, text);
}

function visitValue(schema: StructuralSchema, value: unknown, old: unknown, path: string, walk: Walk): void {
  for (const rule of schema.rules) check(rule, schema, value, old, path, walk);
  for (const branch of schema.checks?.allOf ?? []) {
    for (const rule of branch.rules) check(rule, schema, value, old, path, walk);
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    const before = oldItems(schema, value, old);
    value.forEach((item, i) => {
      visit(items, item, before[i], `${path}[${i}]`, walk);
    });
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) {
      const field = schema.properties.get(key) ?? schema.additional;
      if (field !== undefined) visit(field, value[key], oldField(schema, old, key), join(path, key), walk);
    }
  }
}

function check(
  rule: ValidationRule,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  path: string,
  walk: Walk,
): void {
  if (walk.budget < 0) return;
  const shown = schema.type ?? '';
  const program = compileCel(rule.rule);
  if (program instanceof Error) {
    walk.errors.push(invalid(path, shown, `rule compile error: ${program.message}`));
    return;
  }
  if (program.usesOldSelf && old === undefined && !rule.optionalOldSelf) return;
  if (!program.usesOldSelf && old !== undefined && isEqual(value, old)) return;
  if (!spend(walk, program, value)) {
    const detail =
      'validation failed due to running out of cost budget, no further validation rules will be run';
    walk.errors.push(invalid(path, shown, detail));
    return;
  }
  const variables = variablesOf(rule, program, schema, value, old, walk);
  const result = program.evaluate(variables);
  if (result === true) return;
  const detail = isCelError(result)
    ? `${errorText(result.message)} evaluating rule: ${ruleText(rule)}`
    : messageOf(rule, variables);
  const target = isCelError(result) ? path : `${path}${rule.fieldPath ?? ''}`.replace(/^\./, '');
  walk.errors.push(
    isCelError(result) ? invalid(target, shown, detail) : errorOf(rule, target, shown, detail),
  );
}

function variablesOf(
  rule: ValidationRule,
  program: CelProgram,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
  walk: Walk,
): Readonly<Record<string, CelInput>> {
  const self = toCelValue(schema, value, walk.memo);
  if (!program.usesOldSelf && rule.messageExpression?.includes('oldSelf') !== true) return { self };
  const before = old === undefined ? undefined : toCelValue(schema, old, walk.oldMemo);
  if (!rule.optionalOldSelf) return before === undefined ? { self } : { self, oldSelf: before };
  return { self, oldSelf: before === undefined ? optionalNone() : optionalOf(before) };
}

/** Charges the rule: the size of the value to the power of its nested loops. False when it is too much. */
function spend(walk: Walk, program: CelProgram, value: unknown): boolean {
  const limit = program.loopDepth === 0 ? 1 : walk.budget ** (1 / program.loopDepth) + 2;
  walk.budget -=
    program.loopDepth === 0 ? 10 : Math.max(10, largestCollection(value, limit) ** program.loopDepth);
  return walk.budget >= 0;
}

/** Entries of the largest list or map in the value, or more than `limit`: counting stops there. */
function largestCollection(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  let largest = inner.length;
  for (const one of inner) {
    if (largest > limit) break;
    largest = Math.max(largest, largestCollection(one, limit));
  }
  return largest;
}

function messageOf(rule: ValidationRule, variables: Readonly<Record<string, CelInput>>): string {
  if (rule.messageExpression !== undefined) {
    const program = compileCel(rule.messageExpression);
    const result = program instanceof Error ? undefined : program.evaluate(variables);
    const text = typeof result === 'string' ? result.trim() : '';
    if (text !== '' && text.length <= 5120 && !text.includes('\n')) return text;
  }
  return rule.message === undefined || rule.message === ''
    ? `failed rule: ${ruleText(rule)}`
    : rule.message.trim();
}

/** In the words that users of Kubernetes know. */
function errorText(message: string): string {
  return message.replace(/^field not found: /, 'no such key: ');
}

function ruleText(rule: ValidationRule): string {
  return (rule.message === undefined || rule.message === '' ? rule.rule : rule.message).trim();
}

function errorOf(rule: ValidationRule, path: string, value: unknown, detail: string): FieldError {
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbidden(path, detail);
    case 'FieldValueRequired':
      return required(path, detail);
    case 'FieldValueDuplicate':
      return duplicate(path, value);
    default:
      return invalid(path, value, detail);
  }
}
