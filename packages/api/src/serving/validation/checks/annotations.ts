import { nearest } from '@weir/core/errors';
import { notSupported } from '../../../meta/index.ts';
import { mergeAnnotation, validationAnnotation, weirAnnotations } from '../../annotations.ts';
import { spareCheckAnnotation } from '../../keys.ts';
import { type Check, refuse, warn } from '../rule.ts';

const prefix = 'weir.dev/';

/** Annotations with few values. */
const choices: Readonly<Record<string, readonly string[]>> = {
  [validationAnnotation]: ['strict', 'kserve'],
  [mergeAnnotation]: ['v1', 'v2'],
  [spareCheckAnnotation]: ['auto', 'off'],
};

/** Our own annotations are few and known, so that a mistyped one is found. */
export const ownAnnotationsAreKnown: Check = ({ metadata }) =>
  Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) => {
    const path = `metadata.annotations[${key}]`;
    const values = Object.hasOwn(choices, key) ? choices[key] : undefined;
    if (values?.includes(value) === false) return [refuse(notSupported(path, value, values))];
    if (!key.startsWith(prefix) || weirAnnotations.includes(key.slice(prefix.length))) return [];
    const close = nearest(key.slice(prefix.length), weirAnnotations);
    const hint = close === null ? '' : ` — did you mean ${prefix}${close}?`;
    return [warn(path, `unknown annotation, has no effect${hint}`)];
  });
