import { attachmentOf } from './attachments.ts';
import { builtin } from './builtin/index.ts';
import { localFile } from './file/index.ts';
import { huggingFace } from './hf/index.ts';
import { web } from './https/index.ts';
import { claim } from './pvc/index.ts';
import { pythonPackage } from './pypi/index.ts';
import type { StorageScheme } from './scheme.ts';

/** Every scheme, alphabetically; the same ones as in `attachments.ts`. */
const schemes: readonly StorageScheme[] = [builtin, localFile, huggingFace, web, claim, pythonPackage];

/** The scheme of a checked URI; throws a `WeirError` for others. */
export function schemeOf(uri: string): StorageScheme {
  const attachment = attachmentOf(uri);
  attachment.parse(uri);
  const scheme = schemes.find((one) => one.attachment === attachment);
  if (scheme === undefined) throw new Error(`no download for ${attachment.schemes.join(', ')}`);
  return scheme;
}
