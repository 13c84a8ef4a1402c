import { storageErrors } from '../../errors.ts';
import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, isSafeRelativePath, restOf } from '../uri.ts';

export interface FileSource {
  /** Absolute path of a file or folder. */
  readonly path: string;
}

/** `file:///path`: a file or folder of this machine, linked into the pod. */
export const fileAttachment: SchemeAttachment<FileSource> = defineDownload({
  schemes: ['file'],
  parse: (uri) => {
    const rest = restOf(uri);
    const path = decode(rest.replace(/\/+$/, ''));
    if (path === null || !path.startsWith('/') || !isSafeRelativePath(path.slice(1))) {
      throw invalidUri(uri, 'expected file:///absolute/path');
    }
    return { path };
  },
  check: (uri, { allowLocalFiles }) => {
    if (allowLocalFiles !== true) throw storageErrors.FILES_REFUSED({ uri });
  },
});

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
