import { nearest } from '@weir/core/errors';
import { notSupported } from '../../../meta/index.ts';
import { validationAnnotation, weirAnnotations } from '../../annotations.ts';
import { type Check, refuse, warn } from '../rule.ts';

const prefix = 'weir.dev/';

/** Our own annotations are few and known, so that a mistyped one is found. */
export const ownAnnotationsAreKnown: Check = ({ metadata }) =>
  Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) => {
    const path = `metadata.annotations[${key}]`;
    if (key === validationAnnotation && !['strict', 'kserve'].includes(value)) {
      return [refuse(notSupported(path, value, ['strict', 'kserve']))];
    }
    if (!key.startsWith(prefix) || weirAnnotations.includes(key.slice(prefix.length))) return [];
    const close = nearest(key.slice(prefix.length), weirAnnotations);
    const hint = close === null ? '' : ` — did you mean ${prefix}${close}?`;
    return [warn(path, `unknown annotation, has no effect${hint}`)];
  });
