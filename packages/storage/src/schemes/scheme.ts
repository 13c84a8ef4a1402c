import type { Logger } from '@weir/core/log';
import type { TransferContext } from '../transfer/download-file.ts';
import type { Env } from '../transfer/http.ts';
import type { SchemeAttachment } from './definition.ts';

/** Makes a model that needs no download; writes the file that it is given. */
export type BuiltinGenerator = (path: string) => Promise<void>;

export interface DownloadContext extends TransferContext {
  readonly env: Env;
  readonly log: Logger;
  readonly builtins: Readonly<Record<string, BuiltinGenerator>>;
  /** Known SHA-256 of the one file that the URI stands for. */
  readonly sha256?: string;
}

/** Where a model came from, as the pod's termination message says it. */
export type SourceName = 'hub' | 'package' | 'builtin' | 'file' | 'pvc';

/** Both faces of a storage scheme. */
export interface StorageScheme {
  readonly attachment: SchemeAttachment;
  readonly sourceName: SourceName;
  /** False for what is on this machine already, or made in a moment: a copy in the cache would be a waste. */
  readonly isCached: boolean;
  /** Puts the model into the folder; gives the relative paths of its files. Throws `SourceError`. */
  readonly download: (uri: string, folder: string, context: DownloadContext) => Promise<readonly string[]>;
}

export function defineStorageScheme<Source>(scheme: {
  readonly attachment: SchemeAttachment<Source>;
  readonly sourceName: SourceName;
  readonly isCached: boolean;
  readonly download: (source: Source, folder: string, context: DownloadContext) => Promise<readonly string[]>;
}): StorageScheme {
  const { attachment, download } = scheme;
  return { ...scheme, download: (uri, folder, context) => download(attachment.parse(uri), folder, context) };
}
