import { defineStorageScheme, type StorageScheme } from '../scheme.ts';
import { webAttachment } from './attach.ts';
import { downloadFromWeb } from './download.ts';

export const web: StorageScheme = defineStorageScheme({
  attachment: webAttachment,
  sourceName: 'hub',
  isCached: true,
  download: downloadFromWeb,
});
