import { defineStorageScheme, type StorageScheme } from '../scheme.ts';
import { packageAttachment } from './attach.ts';
import { downloadPackage } from './download.ts';

export const pythonPackage: StorageScheme = defineStorageScheme({
  attachment: packageAttachment,
  sourceName: 'package',
  isCached: true,
  download: downloadPackage,
});
