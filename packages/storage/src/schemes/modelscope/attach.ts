import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, restOf } from '../uri.ts';

export interface ModelScopeSource {
  readonly repository: string;
  readonly revision: string | null;
}

const form = /^([A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*)(?::([A-Za-z0-9][A-Za-z0-9._/-]*))?$/;

/** `modelscope://owner/model[:revision]`: a model of the ModelScope hub. */
export const modelScopeAttachment: SchemeAttachment<ModelScopeSource> = defineDownload({
  schemes: ['modelscope'],
  parse: (uri) => {
    const match = form.exec(restOf(uri));
    if (match === null)
      throw invalidUri(uri, 'expected modelscope://owner/model or modelscope://owner/model:revision');
    return { repository: match[1] ?? '', revision: match[2] ?? null };
  },
});
