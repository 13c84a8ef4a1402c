import { type CelFunc, type CelInput, type CelMap, CelScalar, celFunc, celMethod } from '@bufbuild/cel';
import { hasFormat, isTime } from '../../formats.ts';
import { opaque, opaqueType, textOf } from './opaque.ts';
import { optionalNone, optionalOf } from './optionals.ts';

const { DYN, STRING } = CelScalar;

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** What `format.<name>().validate(text)` checks; the message of the one error it can give. */
const formats: Readonly<Record<string, readonly [(text: string) => boolean, string]>> = {
  dns1123Label: [
    (text) => text.length <= 63 && label.test(text),
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  ],
  dns1123Subdomain: [
    (text) => text.length <= 253 && subdomain.test(text),
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  ],
  dns1035Label: [
    (text) => text.length <= 63 && /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text),
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  ],
  qualifiedName: [
    (text) => qualified.test(text),
    "name part must consist of alphanumeric characters, '-', '_' or '.'",
  ],
  dns1123LabelPrefix: [
    (text) => text.length <= 63 && /^[a-z0-9]([-a-z0-9]*)$/.test(text),
    'invalid prefix of a label',
  ],
  dns1123SubdomainPrefix: [
    (text) => text.length <= 253 && /^[a-z0-9]([-a-z0-9.]*)$/.test(text),
    'invalid prefix of a subdomain',
  ],
  labelValue: [
    (text) => text === '' || /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text),
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  ],
  uri: [(text) => hasFormat('uri', text), 'invalid URI'],
  uuid: [(text) => hasFormat('uuid', text), 'does not match the UUID format'],
  byte: [(text) => hasFormat('byte', text), 'invalid base64'],
  date: [(text) => hasFormat('date', text), 'invalid date'],
  datetime: [isTime, 'invalid datetime'],
};

export const formatFunctions: readonly CelFunc[] = [
  ...Object.keys(formats).map((name) => celFunc(`format.${name}`, [], DYN, () => opaque('format', name))),
  celFunc('format.named', [STRING], DYN, (name) =>
    Object.hasOwn(formats, name) ? optionalOf(opaque('format', name)) : optionalNone(),
  ),
  celMethod('validate', opaqueType, [STRING], DYN, function (text) {
    return validate(textOf(this, 'format'), text);
  }),
];

function validate(name: string, text: string): CelMap {
  const [isValid, problem] = formats[name] ?? [() => false, `unknown format ${name}`];
  return isValid(text) ? optionalNone() : optionalOf([problem] as CelInput);
}
