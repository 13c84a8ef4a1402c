import { type CelEnv, celEnv } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { maxMatchedLength, toPattern } from '../pattern.ts';
import { listFunctions } from './functions/lists.ts';
import { formatFunctions } from './functions/named-formats.ts';
import { networkFunctions } from './functions/network.ts';
import { optionalFunctions } from './functions/optionals.ts';
import { quantityFunctions } from './functions/quantities.ts';
import { stringFunctions } from './functions/strings.ts';

let environment: CelEnv | undefined;

/** CEL with the functions that Kubernetes adds. */
export function celEnvironment(): CelEnv {
  environment ??= celEnv({
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
  return environment;
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
