import { type CelInput, type CelResult, celError, parse, plan } from '@bufbuild/cel';
import { celEnvironment } from './environment.ts';

export interface CelProgram {
  /** The syntax tree. */
  readonly parsed: ReturnType<typeof parse>;
  /** Interprets the expression; it is planned on first use. */
  evaluate(variables: Readonly<Record<string, CelInput>>): CelResult;
  readonly usesOldSelf: boolean;
  /** How deep loops over lists and maps are nested; the cost grows with the size to this power. */
  readonly loopDepth: number;
}

const cache = new Map<string, CelProgram | Error>();
const maxCached = 5000;

/** Parses an expression on first use. An expression that is not CEL gives the same Error each time. */
export function compileCel(expression: string): CelProgram | Error {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  const program = compile(expression);
  if (cache.size >= maxCached) cache.clear();
  cache.set(expression, program);
  return program;
}

type Run = (variables: Readonly<Record<string, CelInput>>) => CelResult;

function compile(expression: string): CelProgram | Error {
  try {
    const parsed = parse(expression);
    let run: Run | undefined;
    return {
      parsed,
      evaluate: (variables) => {
        run ??= toInterpreter(parsed);
        return run(variables);
      },
      usesOldSelf: /\boldSelf\b/.test(expression),
      loopDepth: loopDepthOf(parsed.expr),
    };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function toInterpreter(parsed: ReturnType<typeof parse>): Run {
  try {
    return plan(celEnvironment(), parsed) as Run;
  } catch (error) {
    return () => celError(error);
  }
}

/** Counts nested comprehensions of the syntax tree, whatever else lies between them. */
function loopDepthOf(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  let deepest = 0;
  for (const inner of Object.values(node)) deepest = Math.max(deepest, loopDepthOf(inner));
  const isLoop = 'case' in node && node.case === 'comprehensionExpr';
  return isLoop ? deepest + 1 : deepest;
}
