import { defineStorageScheme, type StorageScheme } from '../scheme.ts';
import { huggingFaceAttachment } from './attach.ts';
import { downloadFromHub } from './download.ts';

export const huggingFace: StorageScheme = defineStorageScheme({
  attachment: huggingFaceAttachment,
  sourceName: 'hub',
  isCached: true,
  download: downloadFromHub,
});
