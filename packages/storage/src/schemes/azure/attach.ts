import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, restOf } from '../uri.ts';

export interface AzureSource {
  readonly container: string;
  readonly host: string;
  readonly path: string;
}

const form = /^([a-z0-9$-]{1,63})@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)(?:\/(.*))?$/;

/** `abfs://container@account.dfs.core.windows.net/path`: blobs of an Azure storage account. */
export const azureAttachment: SchemeAttachment<AzureSource> = defineDownload({
  schemes: ['abfs', 'abfss'],
  parse: (uri) => {
    const match = form.exec(restOf(uri));
    if (match === null || (match[3] ?? '').split('/').includes('..')) {
      throw invalidUri(uri, 'expected abfs://container@account.dfs.core.windows.net/path');
    }
    return { container: match[1] ?? '', host: match[2] ?? '', path: match[3] ?? '' };
  },
});
