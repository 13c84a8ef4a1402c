import { defineStorageScheme, type StorageScheme } from '../scheme.ts';
import { claimAttachment } from './attach.ts';
import { refuseClaim } from './download.ts';

export const claim: StorageScheme = defineStorageScheme({
  attachment: claimAttachment,
  sourceName: 'pvc',
  isCached: false,
  download: refuseClaim,
});
