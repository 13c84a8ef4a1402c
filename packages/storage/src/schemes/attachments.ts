import { nearest } from '@weir/core/errors';
import { storageErrors } from '../errors.ts';
import { azureAttachment } from './azure/attach.ts';
import { googleAttachment, s3Attachment } from './bucket/attach.ts';
import { builtinAttachment } from './builtin/attach.ts';
import type { SchemeAttachment } from './definition.ts';
import { fileAttachment } from './file/attach.ts';
import { hadoopAttachment } from './hdfs/attach.ts';
import { huggingFaceAttachment } from './hf/attach.ts';
import { webAttachment } from './https/attach.ts';
import { modelScopeAttachment } from './modelscope/attach.ts';
import { imageAttachment, nativeImageAttachment } from './oci/attach.ts';
import { claimAttachment } from './pvc/attach.ts';
import { packageAttachment } from './pypi/attach.ts';
import { invalidUri, splitUri } from './uri.ts';

/** Every scheme, alphabetically. A new one is a folder and a line here; one that we download ourselves is in `index.ts`. */
const attachments: readonly SchemeAttachment[] = [
  azureAttachment,
  s3Attachment,
  googleAttachment,
  builtinAttachment,
  fileAttachment,
  hadoopAttachment,
  huggingFaceAttachment,
  webAttachment,
  modelScopeAttachment,
  imageAttachment,
  nativeImageAttachment,
  claimAttachment,
  packageAttachment,
];

/** Forms of KServe's that are refused by name. */
const notBuilt: readonly string[] = ['oci+fetch', 'oci+modelcar'];

export const supportedSchemes: readonly string[] = attachments.flatMap(({ schemes }) => schemes).sort();

/** The scheme of a URI; one that is not built or not known is refused with the list of those that are. */
export function attachmentOf(uri: string): SchemeAttachment {
  const scheme = splitUri(uri)?.scheme;
  if (scheme === undefined) throw invalidUri(uri, 'expected scheme://…, for example hf://owner/model');
  const found = attachments.find(({ schemes }) => schemes.includes(scheme));
  if (found !== undefined) return found;
  const supported = supportedSchemes.map((name) => `${name}://`).join(', ');
  const parameters = { uri: uri.slice(0, 200), scheme, supported };
  if (notBuilt.includes(scheme)) throw storageErrors.SCHEME_NOT_BUILT(parameters);
  const close = nearest(scheme, supportedSchemes);
  const suggestion = close === null ? '' : `, did you mean ${close}://?`;
  throw storageErrors.UNSUPPORTED_SCHEME({ ...parameters, suggestion });
}
