import type { FieldError, ResourceKind } from '@weir/api/meta';
import { invalid } from '@weir/api/meta';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dnsLabelStart = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const labelRule: string =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const label1035Rule =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const qualifiedRule =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Why a name is not allowed for objects of this kind, in the words of Kubernetes. */
export function nameErrors(kind: ResourceKind, name: string): string[] {
  if (kind.group === 'rbac.authorization.k8s.io') return pathSegmentErrors(name);
  if (kind.group === '' && kind.plural === 'namespaces') return labelErrorsOf(name);
  if (kind.group === '' && kind.plural === 'services') {
    return label1035ErrorsOf(name);
  }
  return subdomainErrorsOf(name);
}

/** Problems of a name that has to be an RFC 1123 label. */
export function labelErrorsOf(name: string): string[] {
  return matchErrors(name, label, 63, labelRule);
}

/** Problems of a name that has to be an RFC 1123 subdomain. */
export function subdomainErrorsOf(name: string): string[] {
  return matchErrors(name, subdomain, 253, subdomainRule);
}

/** Problems of a name that has to be an RFC 1035 label. */
export function label1035ErrorsOf(name: string): string[] {
  return matchErrors(name, dnsLabelStart, 63, label1035Rule);
}

export function labelErrors(
  labels: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((detail) => invalid(path, key, detail)),
    ...labelValueErrors(value).map((detail) => invalid(path, value, detail)),
  ]);
}

/** Problems of a key of labels: a name with an optional domain before it. */
export function qualifiedNameErrors(key: string): string[] {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) return [`a qualified name ${qualifiedRule.replace('name part ', '')}`];
  const prefix = parts.length === 2 ? matchErrors(parts[0] ?? '', subdomain, 253, subdomainRule) : [];
  if (name === '')
    return [...prefix.map((text) => `prefix part ${text}`), 'name part must be non-empty', qualifiedRule];
  return [
    ...prefix.map((text) => `prefix part ${text}`),
    ...matchErrors(name, qualifiedName, 63, qualifiedRule).map((text) =>
      text.startsWith('must be') ? `name part ${text}` : text,
    ),
  ];
}

export function labelValueErrors(value: unknown): string[] {
  if (typeof value !== 'string' || value === '') return [];
  return matchErrors(value, qualifiedName, 63, labelValueRule);
}

function pathSegmentErrors(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((letter) => name.includes(letter)).map((letter) => `may not contain '${letter}'`);
}

function matchErrors(name: string, form: RegExp, maxLength: number, rule: string): string[] {
  const errors: string[] = [];
  if (name.length > maxLength) errors.push(`must be no more than ${maxLength} bytes`);
  if (!form.test(name)) errors.push(rule);
  return errors;
}
