import type { EnvVar } from '@weir/api/workloads';
import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, restOf } from '../uri.ts';

export interface HubSource {
  /** `owner/model`. */
  readonly repository: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

const name = '[A-Za-z0-9][A-Za-z0-9._-]*';
const pattern = new RegExp(`^(${name}/${name})(?::([A-Za-z0-9][A-Za-z0-9._/-]*))?$`);

/** Transfer settings of KServe's own initializer. */
const transferEnv: readonly EnvVar[] = [
  { name: 'HF_HUB_ENABLE_HF_TRANSFER', value: '1' },
  { name: 'HF_XET_HIGH_PERFORMANCE', value: '1' },
  { name: 'HF_XET_NUM_CONCURRENT_RANGE_GETS', value: '8' },
];

/** `hf://owner/model[:revision]`: a model of the hub. */
export const huggingFaceAttachment: SchemeAttachment<HubSource> = defineDownload({
  schemes: ['hf'],
  parse: (uri) => {
    const match = pattern.exec(restOf(uri));
    if (match === null || match[0].includes('..')) {
      throw invalidUri(uri, 'expected hf://owner/model or hf://owner/model:revision');
    }
    return { repository: match[1] ?? '', revision: match[2] ?? 'main' };
  },
  env: transferEnv,
});
