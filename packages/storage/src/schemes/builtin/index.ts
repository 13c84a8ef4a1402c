import { defineStorageScheme, type StorageScheme } from '../scheme.ts';
import { builtinAttachment } from './attach.ts';
import { generateBuiltin } from './download.ts';

export const builtin: StorageScheme = defineStorageScheme({
  attachment: builtinAttachment,
  sourceName: 'builtin',
  isCached: false,
  download: generateBuiltin,
});
