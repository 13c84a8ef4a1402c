import { type CelEnv, type CelInput, type CelResult, celEnv, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { maxMatchedLength, toPattern } from '../pattern.ts';
import { listFunctions } from './functions/lists.ts';
import { formatFunctions } from './functions/named-formats.ts';
import { networkFunctions } from './functions/network.ts';
import { optionalFunctions } from './functions/optionals.ts';
import { quantityFunctions } from './functions/quantities.ts';
import { stringFunctions } from './functions/strings.ts';

export interface CelProgram {
  evaluate(variables: Readonly<Record<string, CelInput>>): CelResult;
  readonly usesOldSelf: boolean;
  /** How deep loops over lists and maps are nested; the cost grows with the size to this power. */
  readonly loopDepth: number;
}

const cache = new Map<string, CelProgram | Error>();
const maxCached = 5000;
let environment: CelEnv | undefined;

/** Parses and plans an expression on first use. An expression that is not CEL gives the same Error each time. */
export function compileCel(expression: string): CelProgram | Error {
  const known = cache.get(expression);
  if (known !== undefined) return known;
  const program = compile(expression);
  if (cache.size >= maxCached) cache.clear();
  cache.set(expression, program);
  return program;
}

function compile(expression: string): CelProgram | Error {
  try {
    environment ??= createEnvironment();
    const parsed = parse(expression);
    const run = plan(environment, parsed) as (variables: Readonly<Record<string, CelInput>>) => CelResult;
    return {
      evaluate: (variables) => run(variables),
      usesOldSelf: /\boldSelf\b/.test(expression),
      loopDepth: loopDepthOf(parsed),
    };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function createEnvironment(): CelEnv {
  return celEnv({
    re2: { compile: toMatcher },
    funcs: [
      ...strings,
      ...stringFunctions,
      ...listFunctions,
      ...optionalFunctions,
      ...quantityFunctions,
      ...networkFunctions,
      ...formatFunctions,
    ],
  });
}

function toMatcher(source: string): { test(text: string): boolean } {
  const pattern = toPattern(source);
  return {
    test: (text) => {
      if (text.length > maxMatchedLength) {
        throw new Error(`patterns are not tried on more than ${maxMatchedLength} characters`);
      }
      return pattern.test(text);
    },
  };
}

/** Counts nested comprehensions of the syntax tree, whatever else lies between them. */
function loopDepthOf(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  let deepest = 0;
  for (const inner of Object.values(node)) deepest = Math.max(deepest, loopDepthOf(inner));
  const isLoop = 'case' in node && node.case === 'comprehensionExpr';
  return isLoop ? deepest + 1 : deepest;
}
