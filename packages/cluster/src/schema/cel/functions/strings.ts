import { type CelFunc, CelScalar, celMethod, listType } from '@bufbuild/cel';
import { maxMatchedLength, toPattern } from '../../pattern.ts';

const { INT, STRING } = CelScalar;
const strings = listType(STRING);

/** Regular expression methods that Kubernetes adds to the language. */
export const stringFunctions: readonly CelFunc[] = [
  celMethod('find', STRING, [STRING], STRING, function (pattern) {
    return findAll(this, pattern, 1)[0] ?? '';
  }),
  celMethod('findAll', STRING, [STRING], strings, function (pattern) {
    return findAll(this, pattern, -1);
  }),
  celMethod('findAll', STRING, [STRING, INT], strings, function (pattern, limit) {
    return findAll(this, pattern, Number(limit));
  }),
];

function findAll(text: string, pattern: string, limit: number): string[] {
  if (text.length > maxMatchedLength) {
    throw new Error(`patterns are not tried on more than ${maxMatchedLength} characters`);
  }
  const { source, flags } = toPattern(pattern);
  const found = [...text.matchAll(new RegExp(source, `${flags}g`))].map((match) => match[0]);
  return limit < 0 ? found : found.slice(0, limit);
}
