import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, restOf } from '../uri.ts';

export interface WebSource {
  readonly url: URL;
  /** Last part of the path. */
  readonly fileName: string;
}

const archive = /\.(zip|tar|tgz|tar\.[a-z0-9]+|git)$/i;

/** `https://host/path/file`: one file. Plain http is for servers on this machine only. */
export const webAttachment: SchemeAttachment<WebSource> = defineDownload({
  schemes: ['https', 'http'],
  parse: (uri) => {
    restOf(uri);
    const url = URL.canParse(uri) ? new URL(uri) : null;
    const fileName = url?.pathname.split('/').at(-1) ?? '';
    if (url === null || !/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(fileName)) {
      throw invalidUri(uri, 'expected https://host/path/file');
    }
    if (!isTrustedTransport(url)) {
      throw invalidUri(uri, 'http without TLS is only allowed to a loopback address; use https');
    }
    if (url.username !== '' || url.password !== '') {
      throw invalidUri(
        new URL(url.pathname, url.origin).href,
        'credentials do not belong in a URI; use a Secret',
      );
    }
    if (archive.test(fileName)) {
      throw invalidUri(uri, 'archives and repositories are not built yet; name one model file');
    }
    return { url, fileName };
  },
});

/** TLS, or this machine itself. */
export function isTrustedTransport(url: URL): boolean {
  return url.protocol === 'https:' || isLoopback(url.hostname);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
