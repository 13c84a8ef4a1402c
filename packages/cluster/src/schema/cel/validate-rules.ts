import { type CelInput, isCelError } from '@bufbuild/cel';
import { duplicate, type FieldError, forbidden, invalid, required } from '@weir/api/meta';
import { isEqual } from '../apply/shape.ts';
import { oldField, oldItems } from '../correlate.ts';
import { type FieldPath, pathText } from '../field-path.ts';
import { hasRules } from '../has-rules.ts';
import { isJsonObject, type StructuralSchema, type ValidationRule } from '../structural.ts';
import { optionalNone, optionalOf } from './functions/optionals.ts';
import { type PreparedRule, prepareRules } from './prepared-rules.ts';
import { type CelProgram, compileCel } from './program.ts';
import { largestCollection } from './size.ts';
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
  readonly path: FieldPath;
  readonly memo: CelMemo;
  readonly oldMemo: CelMemo;
  budget: number;
}

/** A value with its rules, and what they share. */
interface Subject {
  readonly schema: StructuralSchema;
  readonly value: unknown;
  readonly old: unknown;
  /** Found when first needed: whether the update left the value as it was, and its largest collection. */
  isUnchanged?: boolean;
  largest?: number;
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
    path: [],
    memo: new WeakMap(),
    oldMemo: new WeakMap(),
    budget: options.budget ?? defaultBudget,
  };
  if (hasRules(schema)) visit(schema, value, options.old ?? undefined, walk);
  return walk.errors;
}

function visit(schema: StructuralSchema, value: unknown, old: unknown, walk: Walk): void {
  if (value === null || value === undefined || walk.budget < 0) return;
  const { rules, items, fields, additional } = prepareRules(schema);
  if (rules.length > 0) {
    const subject: Subject = { schema, value, old };
    for (const rule of rules) check(rule, subject, walk);
  }
  if (Array.isArray(value)) {
    if (items !== undefined) visitItems(schema, items, value, old, walk);
    return;
  }
  if (!isJsonObject(value) || (fields.size === 0 && additional === undefined)) return;
  for (const key in value) {
    const field = fields.get(key) ?? (schema.properties.has(key) ? undefined : additional);
    if (field === undefined) continue;
    walk.path.push(key);
    visit(field, value[key], oldField(schema, old, key), walk);
    walk.path.pop();
  }
}

function visitItems(
  schema: StructuralSchema,
  items: StructuralSchema,
  list: readonly unknown[],
  old: unknown,
  walk: Walk,
): void {
  const before = oldItems(schema, list, old);
  for (let i = 0; i < list.length; i++) {
    walk.path.push(i);
    visit(items, list[i], before[i], walk);
    walk.path.pop();
  }
}

function check({ rule, program, judge }: PreparedRule, subject: Subject, walk: Walk): void {
  if (walk.budget < 0) return;
  const { schema, value, old } = subject;
  const shown = schema.type ?? '';
  if (program instanceof Error) {
    walk.errors.push(invalid(pathText(walk.path), shown, `rule compile error: ${program.message}`));
    return;
  }
  if (program.usesOldSelf && old === undefined && !rule.optionalOldSelf) return;
  if (!program.usesOldSelf && old !== undefined && isUnchanged(subject)) return;
  if (!spend(walk, program, subject)) {
    const detail =
      'validation failed due to running out of cost budget, no further validation rules will be run';
    walk.errors.push(invalid(pathText(walk.path), shown, detail));
    return;
  }
  const verdict = judge?.(value, old);
  if (verdict !== true) interpret({ rule, program }, verdict, subject, walk);
}

function isUnchanged(subject: Subject): boolean {
  subject.isUnchanged ??= isEqual(subject.value, subject.old);
  return subject.isUnchanged;
}

/** Reports a rule that failed, and one that was left to the interpreter if it fails there. */
function interpret(
  { rule, program }: { readonly rule: ValidationRule; readonly program: CelProgram },
  verdict: boolean | undefined,
  subject: Subject,
  walk: Walk,
): void {
  const variables = variablesOf(rule, program, subject, walk);
  const result = verdict ?? program.evaluate(variables);
  if (result === true) return;
  const [path, shown] = [pathText(walk.path), subject.schema.type ?? ''];
  if (isCelError(result)) {
    const detail = `${errorText(result.message)} evaluating rule: ${ruleText(rule)}`;
    walk.errors.push(invalid(path, shown, detail));
    return;
  }
  const target = `${path}${rule.fieldPath ?? ''}`.replace(/^\./, '');
  walk.errors.push(errorOf(rule, target, shown, messageOf(rule, variables)));
}

function variablesOf(
  rule: ValidationRule,
  program: CelProgram,
  { schema, value, old }: Subject,
  walk: Walk,
): Readonly<Record<string, CelInput>> {
  const self = toCelValue(schema, value, walk.memo);
  if (!program.usesOldSelf && rule.messageExpression?.includes('oldSelf') !== true) return { self };
  const before = old === undefined ? undefined : toCelValue(schema, old, walk.oldMemo);
  if (!rule.optionalOldSelf) return before === undefined ? { self } : { self, oldSelf: before };
  return { self, oldSelf: before === undefined ? optionalNone() : optionalOf(before) };
}

/** Charges the rule: the size of the value to the power of its nested loops. False when it is too much. */
function spend(walk: Walk, { loopDepth }: CelProgram, subject: Subject): boolean {
  if (loopDepth === 0) {
    walk.budget -= 10;
  } else {
    subject.largest ??= largestCollection(subject.value, walk.budget + 2);
    walk.budget -= Math.max(10, subject.largest ** loopDepth);
  }
  return walk.budget >= 0;
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
