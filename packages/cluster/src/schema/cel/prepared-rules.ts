import { hasRules } from '../has-rules.ts';
import type { StructuralSchema, ValidationRule } from '../structural.ts';
import { compileRule, type Judge } from './compile/expression.ts';
import { type CelProgram, compileCel } from './program.ts';

/** A rule of one schema, ready to run. */
export interface PreparedRule {
  readonly rule: ValidationRule;
  readonly program: CelProgram | Error;
  /** Judges plain JSON; absent where only the interpreter can. */
  readonly judge: Judge | undefined;
}

/** The rules of a schema, and the parts of its values that have rules of their own. */
export interface PreparedSchema {
  readonly rules: readonly PreparedRule[];
  readonly items: StructuralSchema | undefined;
  readonly fields: ReadonlyMap<string, StructuralSchema>;
  /** Schema of fields that are not declared. */
  readonly additional: StructuralSchema | undefined;
}

const prepared = new WeakMap<StructuralSchema, PreparedSchema>();

/** Parses and compiles the rules of a schema when a value of it is first seen. */
export function prepareRules(schema: StructuralSchema): PreparedSchema {
  let known = prepared.get(schema);
  if (known === undefined) {
    const branches = schema.checks?.allOf ?? [];
    known = {
      rules: [schema, ...branches].flatMap(({ rules }) => rules.map((rule) => prepare(rule, schema))),
      items: withRules(schema.items),
      fields: new Map([...schema.properties].filter(([, field]) => hasRules(field))),
      additional: withRules(schema.additional),
    };
    prepared.set(schema, known);
  }
  return known;
}

function withRules(schema: StructuralSchema | undefined): StructuralSchema | undefined {
  return schema !== undefined && hasRules(schema) ? schema : undefined;
}

function prepare(rule: ValidationRule, schema: StructuralSchema): PreparedRule {
  const program = compileCel(rule.rule);
  if (program instanceof Error) return { rule, program, judge: undefined };
  // An optional earlier value is not plain JSON.
  const isPlain = !program.usesOldSelf || rule.optionalOldSelf !== true;
  return { rule, program, judge: isPlain ? compileRule(program.parsed, schema) : undefined };
}
