import { type CelInput, isCelError } from '@bufbuild/cel';
import { compileCel, toCelValue } from '../../schema/index.ts';
import type { MatchCondition } from './configuration.ts';

/** What the conditions say of one request; `failed` lists those that could not be evaluated. */
interface Verdict {
  readonly isMatch: boolean;
  readonly failed: readonly string[];
}

export type Conditions = (variables: Readonly<Record<string, unknown>>) => Verdict;

/** Match conditions of a webhook: all must be true; one that is false decides, whatever else fails. */
export function compileConditions(conditions: readonly MatchCondition[]): Conditions {
  const programs = conditions.map(({ expression = '' }) => ({ expression, program: compileCel(expression) }));
  return (variables) => {
    const memo = new WeakMap<object, CelInput>();
    const values = Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, toCelValue(undefined, value, memo)]),
    );
    const failed: string[] = [];
    for (const { expression, program } of programs) {
      const result = program instanceof Error ? program : program.evaluate(values);
      if (result === false) return { isMatch: false, failed: [] };
      if (result === true) continue;
      const why = isCelError(result) || result instanceof Error ? wordsOf(result.message) : 'not a boolean';
      failed.push(`expression '${expression}' resulted in error: ${why}`);
    }
    return { isMatch: failed.length === 0, failed };
  };
}

function wordsOf(message: string): string {
  return message.replace(/^field not found: /, 'no such key: ');
}

/** Why an expression cannot be a match condition, or null. */
export function conditionProblem(expression: string): string | null {
  const program = compileCel(expression);
  if (program instanceof Error) return `compilation failed: ${program.message}`;
  return /\bauthorizer\b/.test(expression.replace(/'[^']*'|"[^"]*"/g, ''))
    ? 'compilation failed: the variable "authorizer" is not implemented by this API server'
    : null;
}
