import { join } from 'node:path';
import { downloadFile } from '../../transfer/download-file.ts';
import { SourceError } from '../../transfer/source-error.ts';
import type { DownloadContext } from '../scheme.ts';
import type { WebSource } from './attach.ts';

/** Downloads one file. */
export async function downloadFromWeb(
  { url, fileName }: WebSource,
  folder: string,
  context: DownloadContext,
): Promise<readonly string[]> {
  const { sha256 } = context;
  context.progress.begin(`downloading ${fileName} from ${url.host}`, 0);
  await downloadFile(
    {
      url: url.href,
      headers: headersFor(url.hostname, context),
      target: join(folder, fileName),
      name: fileName,
      ...(sha256 === undefined ? {} : { sha256 }),
    },
    context,
  );
  return [fileName];
}

/** From the variable `<host>-headers`, as KServe makes it of a Secret with `https-host`: JSON of names and values. */
function headersFor(host: string, { env }: DownloadContext): Record<string, string> {
  const variable = `${host}-headers`;
  const text = env[variable];
  if (text === undefined || text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const entries = Object.entries(value as Record<string, unknown>);
    if (entries.every(([, item]) => typeof item === 'string'))
      return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    // Said below, without the text: it holds credentials.
  }
  throw new SourceError(
    'ModelDownloadFailed',
    `${variable} is not a JSON object of texts: correct the Secret`,
  );
}
