import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { EnvHttpProxyAgent, fetch as undiciFetch } from 'undici';
import { isTrustedTransport } from '../schemes/https/attach.ts';
import { SourceError } from './source-error.ts';

export type Env = Readonly<Record<string, string | undefined>>;

interface HttpRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Opens a URL: proxies and certificates of the environment, a limit on the time to the first byte, TLS all the way. */
export interface Http {
  open(url: string, request: HttpRequest): Promise<Response>;
  close(): Promise<void>;
}

interface HttpOptions {
  /** A source that stays silent for so long counts as unreachable. */
  readonly firstByteMs: number;
  /** A transfer without a byte for so long is broken off and resumed. */
  readonly idleMs: number;
}

export function createHttp(env: Env, { firstByteMs, idleMs }: HttpOptions): Http {
  const proxy = (name: string): string => env[name] ?? env[name.toLowerCase()] ?? '';
  const ca = certificates(env);
  const agent = new EnvHttpProxyAgent({
    // Empty texts instead of nothing: the library would read the variables of its own process.
    httpProxy: proxy('HTTP_PROXY'),
    httpsProxy: proxy('HTTPS_PROXY'),
    noProxy: proxy('NO_PROXY'),
    headersTimeout: 0,
    bodyTimeout: idleMs,
    ...(ca === undefined ? {} : { connect: { ca }, requestTls: { ca } }),
  });
  return {
    open: async (url, { method = 'GET', headers = {}, signal }) => {
      const { host } = new URL(url);
      const silence = new AbortController();
      const message = `${host} was silent for ${firstByteMs / 1000} s`;
      const timer = setTimeout(() => silence.abort(new Error(message)), firstByteMs);
      const either = AbortSignal.any([signal, silence.signal]);
      try {
        const response = await undiciFetch(url, { method, headers, signal: either, dispatcher: agent });
        refuseDowngrade(response.url, host);
        return response as unknown as Response;
      } catch (error) {
        throw silence.signal.aborted ? new SourceError('ModelDownloadFailed', message) : error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => agent.destroy(),
  };
}

/** A redirect away from TLS would hand the model to whoever sits in between. */
function refuseDowngrade(finalUrl: string, host: string): void {
  if (finalUrl === '' || isTrustedTransport(new URL(finalUrl))) return;
  throw new SourceError('ModelDownloadFailed', `${host} redirects to an address without TLS`);
}

/** The system's certificates plus those of the platform's CA bundle, if the environment names one. */
function certificates(env: Env): string[] | undefined {
  const mount = env.CA_BUNDLE_VOLUME_MOUNT_POINT;
  const files = [
    env.REQUESTS_CA_BUNDLE,
    env.SSL_CERT_FILE,
    mount === undefined ? undefined : join(mount, 'cabundle.crt'),
  ].filter((file): file is string => file !== undefined && existsSync(file));
  if (files.length === 0) return undefined;
  return [...rootCertificates, ...files.map((file) => readFileSync(file, 'utf8'))];
}
