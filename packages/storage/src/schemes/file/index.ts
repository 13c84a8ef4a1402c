import { defineStorageScheme, type StorageScheme } from '../scheme.ts';
import { fileAttachment } from './attach.ts';
import { linkFromDisk } from './download.ts';

export const localFile: StorageScheme = defineStorageScheme({
  attachment: fileAttachment,
  sourceName: 'file',
  isCached: false,
  download: linkFromDisk,
});
