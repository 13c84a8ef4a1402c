import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, restOf } from '../uri.ts';

export interface BuiltinSource {
  readonly name: string;
}

/** `builtin://name`: a model that the program itself can make or knows where to find. */
export const builtinAttachment: SchemeAttachment<BuiltinSource> = defineDownload({
  schemes: ['builtin'],
  parse: (uri) => {
    const name = restOf(uri);
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
      throw invalidUri(uri, 'expected builtin://tiny-random or builtin://smol');
    }
    return { name };
  },
});
