import { SourceError } from '../../transfer/source-error.ts';
import type { ClaimSource } from './attach.ts';

/** A claim is mounted by the pod itself; a download of one means that something is set up wrongly. */
export function refuseClaim({ claimName }: ClaimSource): Promise<readonly string[]> {
  throw new SourceError(
    'ModelDownloadFailed',
    `claim ${claimName} is mounted into the pod, not downloaded: remove the storage-initializer container`,
  );
}
