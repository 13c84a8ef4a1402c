import {
  type CelFunc,
  type CelInput,
  type CelMap,
  CelScalar,
  type CelValue,
  celFunc,
  celMethod,
} from '@bufbuild/cel';
import { contentOf, isOpaque, opaque, opaqueType } from './opaque.ts';

const { BOOL, DYN } = CelScalar;

export function optionalOf(value: CelInput): CelMap {
  return opaque('optional', value);
}

export function optionalNone(): CelMap {
  return opaque('optional.none', true);
}

function unwrap(optional: CelMap): CelValue {
  if (isOpaque(optional, 'optional.none')) throw new Error('optional.none() dereference');
  return contentOf(optional, 'optional');
}

export const optionalFunctions: readonly CelFunc[] = [
  celFunc('optional.of', [DYN], DYN, (value) => optionalOf(value as CelInput)),
  celFunc('optional.none', [], DYN, () => optionalNone()),
  celMethod('hasValue', opaqueType, [], BOOL, function () {
    return !isOpaque(this, 'optional.none');
  }),
  celMethod('value', opaqueType, [], DYN, function () {
    return unwrap(this) as CelInput;
  }),
  celMethod('orValue', opaqueType, [DYN], DYN, function (otherwise) {
    return (isOpaque(this, 'optional.none') ? otherwise : unwrap(this)) as CelInput;
  }),
  celMethod('or', opaqueType, [DYN], DYN, function (otherwise) {
    return (isOpaque(this, 'optional.none') ? otherwise : this) as CelInput;
  }),
];
