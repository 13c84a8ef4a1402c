import { storageErrors } from '../errors.ts';
import { attachmentOf } from './attachments.ts';
import { builtin } from './builtin/index.ts';
import { localFile } from './file/index.ts';
import { huggingFace } from './hf/index.ts';
import { web } from './https/index.ts';
import { claim } from './pvc/index.ts';
import { pythonPackage } from './pypi/index.ts';
import type { StorageScheme } from './scheme.ts';
import { splitUri } from './uri.ts';

/** What our own storage initializer can fetch, alphabetically; other schemes need KServe's. */
const schemes: readonly StorageScheme[] = [builtin, localFile, huggingFace, web, claim, pythonPackage];

/** The scheme of a checked URI; throws a `WeirError` for others. */
export function schemeOf(uri: string): StorageScheme {
  const attachment = attachmentOf(uri);
  attachment.parse(uri);
  const scheme = schemes.find((one) => one.attachment === attachment);
  if (scheme !== undefined) return scheme;
  const supported = schemes.flatMap((one) => one.attachment.schemes.map((name) => `${name}://`)).sort();
  throw storageErrors.SCHEME_NOT_BUILT({
    uri: uri.slice(0, 200),
    scheme: splitUri(uri)?.scheme ?? '',
    supported: supported.join(', '),
  });
}
