import { join } from 'node:path';
import { downloadFile, type FileRequest } from '../../transfer/download-file.ts';
import { fileFilterOf } from '../../transfer/patterns.ts';
import { sizeText } from '../../transfer/sizes.ts';
import { httpSourceError, SourceError, toSourceError } from '../../transfer/source-error.ts';
import type { DownloadContext } from '../scheme.ts';
import { isSafeRelativePath } from '../uri.ts';
import type { HubSource } from './attach.ts';
import { chooseGguf, type RemoteFile } from './choose-files.ts';

const parallelFiles = 4;

interface Hub {
  readonly url: string;
  readonly token: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Downloads the wanted files of one commit of a hub repository. */
export async function downloadFromHub(
  { repository, revision }: HubSource,
  folder: string,
  context: DownloadContext,
): Promise<readonly string[]> {
  const hub = await hubOf(context);
  const { commit, files } = await listRepository(hub, repository, revision, context);
  const isWanted = fileFilterOf(context.env);
  const wanted = files.filter(({ path }) => isWanted(path) && path !== '.gitattributes');
  const chosen = needsGguf(context) ? chooseGguf(repository, wanted) : wanted;
  if (chosen.length === 0) {
    throw new SourceError('ModelNotFound', `${repository}@${revision} has no file that the patterns allow`);
  }
  const total = chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const host = new URL(hub.url).host;
  context.progress.begin(`downloading ${chosen.length} files of ${repository}@${commit} from ${host}`, total);
  await downloadAll(
    chosen.map((file) => fileRequest(hub, { repository, commit, file, folder })),
    context,
  );
  context.log.info('hub model downloaded', { repository, commit, size: sizeText(total) });
  return chosen.map(({ path }) => path);
}

/** Several files at a time. The first failure stops the others, and nothing is written any more when it is thrown. */
async function downloadAll(requests: readonly FileRequest[], context: DownloadContext): Promise<void> {
  const queue = [...requests];
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  let first: unknown;
  const work = async (): Promise<void> => {
    try {
      for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
        await downloadFile(file, { ...context, signal });
      }
    } catch (error) {
      first ??= error;
      failure.abort();
    }
  };
  await Promise.all(Array.from({ length: parallelFiles }, work));
  if (first !== undefined) throw first;
}

function fileRequest(
  hub: Hub,
  at: {
    readonly repository: string;
    readonly commit: string;
    readonly file: RemoteFile;
    readonly folder: string;
  },
): FileRequest {
  const { path, ...facts } = at.file;
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return {
    url: `${hub.url}/${at.repository}/resolve/${at.commit}/${encoded}`,
    headers: hub.headers,
    target: join(at.folder, path),
    name: `${at.repository}/${path}`,
    ...facts,
  };
}

/** The commit is fixed first: all files come from it, whatever is pushed meanwhile. */
async function listRepository(
  hub: Hub,
  repository: string,
  revision: string,
  context: DownloadContext,
): Promise<{ readonly commit: string; readonly files: readonly RemoteFile[] }> {
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const access = {
    hubUrl: hub.url,
    fetch: hubFetch(context),
    ...(hub.token === undefined ? {} : { accessToken: hub.token }),
  };
  try {
    const { sha } = await modelInfo({ name: repository, revision, additionalFields: ['sha'], ...access });
    const repo = { type: 'model', name: repository } as const;
    const files: RemoteFile[] = [];
    for await (const entry of listFiles({ repo, revision: sha, recursive: true, ...access })) {
      if (entry.type !== 'file') continue;
      if (!isSafeRelativePath(entry.path)) {
        throw new SourceError(
          'ModelDownloadFailed',
          `${repository} has a file with an unsafe name, nothing was written`,
        );
      }
      files.push({ path: entry.path, sizeBytes: entry.size, ...digestOf(entry) });
    }
    return { commit: sha, files };
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    const host = new URL(hub.url).host;
    if (statusCode !== undefined) throw httpSourceError(statusCode, host, `${repository}@${revision}`);
    throw toSourceError(error, host);
  }
}

function digestOf(entry: { oid?: string; lfs?: { oid: string } }): { sha256?: string; gitOid?: string } {
  if (entry.lfs !== undefined) return { sha256: entry.lfs.oid };
  return entry.oid === undefined ? {} : { gitOid: entry.oid };
}

/** The library's own requests go through our proxies, certificates and time limits. */
function hubFetch(context: DownloadContext): typeof fetch {
  return (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = Object.fromEntries(new Headers(init.headers).entries());
    const method = init.method ?? 'GET';
    return context.http.open(url, { method, headers, signal: context.signal });
  };
}

async function hubOf({ env }: DownloadContext): Promise<Hub> {
  const { HUB_URL } = await import('@huggingface/hub');
  const token = env.HF_TOKEN?.trim() || undefined;
  return {
    url: (env.HF_ENDPOINT ?? HUB_URL).replace(/\/+$/, ''),
    token,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  };
}

/** Local pods run the CPU engine, which reads GGUF; elsewhere the image decides, and gets the whole repository. */
function needsGguf({ env }: DownloadContext): boolean {
  const format = env.WEIR_MODEL_FORMAT ?? (env.WEIR_POD_IP === undefined ? 'any' : 'gguf');
  if (format !== 'any' && format !== 'gguf') {
    throw new SourceError(
      'ModelDownloadFailed',
      `WEIR_MODEL_FORMAT is "${format}", supported are any and gguf`,
    );
  }
  return format === 'gguf';
}
