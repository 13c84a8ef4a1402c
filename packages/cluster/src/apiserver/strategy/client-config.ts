import { X509Certificate } from 'node:crypto';
import type { FieldError } from '@weir/api/meta';
import { invalid, required } from '@weir/api/meta';
import type { WebhookClientConfig } from '@weir/api/workloads';
import { subdomainErrorsOf } from '../rest/names.ts';

const defaultPort = 443;
const form = '; desired format: https://host[/path]';

/** What Go's types have when a client leaves it out. */
export function setClientConfigDefaults(config: WebhookClientConfig): void {
  if (config.service !== undefined) config.service.port ??= defaultPort;
}

/** Problems of the address of a webhook: a URL, or a Service. */
export function clientConfigErrors(config: WebhookClientConfig, path: string): FieldError[] {
  const { url, service } = config;
  if ((url === undefined) === (service === undefined)) {
    return [required(path, 'exactly one of url or service is required')];
  }
  if (url !== undefined) return urlErrors(url, `${path}.url`);
  return service === undefined ? [] : serviceErrors(service, `${path}.service`);
}

export function caBundleErrors(caBundle: string, path: string): FieldError[] {
  const pem = Buffer.from(caBundle, 'base64').toString();
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const why =
    blocks.length === 0 || !blocks.every(isCertificate)
      ? 'unable to load root certificates: unable to parse bytes as PEM block'
      : null;
  return why === null ? [] : [invalid(path, caBundle, why)];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== null;
  } catch {
    return false;
  }
}

function urlErrors(text: string, path: string): FieldError[] {
  const [, scheme = '', rest = ''] = /^(?:([A-Za-z][-+.A-Za-z0-9]*):)?(.*)$/s.exec(text) ?? [];
  const authority = /^\/\/([^/?#]*)/.exec(rest)?.[1] ?? '';
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : authority.slice(0, at);
  const host = authority.slice(at + 1);
  const fragment = text.includes('#') ? text.slice(text.indexOf('#') + 1) : '';
  const query = /\?([^#]*)/.exec(text)?.[1] ?? '';
  const errors: FieldError[] = [];
  if (scheme !== 'https') errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme${form}`));
  if (host === '') errors.push(invalid(path, host, `host must be specified${form}`));
  if (user !== '') errors.push(invalid(path, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(invalid(path, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(invalid(path, query, 'query parameters are not permitted in the URL'));
  if (errors.length === 0 && !URL.canParse(text)) {
    return [required(path, `url must be a valid URL: parse ${JSON.stringify(text)}${form}`)];
  }
  return errors;
}

function serviceErrors(service: NonNullable<WebhookClientConfig['service']>, path: string): FieldError[] {
  const { name, namespace, port = defaultPort, path: urlPath = '' } = service;
  const errors: FieldError[] = [];
  // parity: kube-apiserver mixes the two up (its callers of ValidateWebhookService).
  if (!namespace) errors.push(required(`${path}.name`));
  if (!name) errors.push(required(`${path}.namespace`));
  if (port < 1 || port > 65535) {
    errors.push(invalid(`${path}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  return [...errors, ...pathErrors(urlPath, `${path}.path`)];
}

function pathErrors(urlPath: string, path: string): FieldError[] {
  if (urlPath === '' || urlPath === '/') return [];
  if (urlPath === '//') return [invalid(path, urlPath, 'segment[0] may not be empty')];
  const start = urlPath.startsWith('/') ? [] : [invalid(path, urlPath, "must start with a '/'")];
  const steps = urlPath.slice(1).replace(/\/$/, '').split('/');
  return [
    ...start,
    ...steps.flatMap((step, index) =>
      step === ''
        ? [invalid(path, urlPath, `segment[${index}] may not be empty`)]
        : subdomainErrorsOf(step).map((why) => invalid(path, urlPath, `segment[${index}]: ${why}`)),
    ),
  ];
}
