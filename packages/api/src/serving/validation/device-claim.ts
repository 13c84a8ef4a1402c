import { type FieldError, invalid, required } from '../../meta/index.ts';
import { deviceClaimAnnotations } from '../keys.ts';
import type { Rule } from './rule.ts';

const {
  class: classKey,
  count: countKey,
  selectors: selectorsKey,
  container: containerKey,
} = deviceClaimAnnotations;

const labelText = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const label = new RegExp(`^${labelText}$`);
const subdomain = new RegExp(`^${labelText}(\\.${labelText})*$`);

/** `serving.kserve.io/exp-dra-*`: one claim of a device class for every engine pod. */
const deviceClaimIsComplete: Rule = ({ metadata }) => {
  const annotations = metadata.annotations ?? {};
  const text = (key: string): string | undefined =>
    Object.hasOwn(annotations, key) ? annotations[key] : undefined;
  const others = [countKey, selectorsKey, containerKey];
  const isClassMissing = text(classKey) === undefined && others.some((key) => text(key) !== undefined);
  return [
    ...(isClassMissing
      ? [
          required(
            pathOf(classKey),
            `${classKey} is required to enable managed DRA when ${countKey}, ${selectorsKey}, or ${containerKey} is set`,
            `set ${classKey} to a DeviceClass, or remove the other annotations`,
          ),
        ]
      : []),
    ...nameErrors(classKey, text(classKey), 'device class', subdomain, 253, 'subdomain'),
    ...countErrors(text(countKey)),
    ...selectorErrors(text(selectorsKey)),
    ...nameErrors(containerKey, text(containerKey), 'container name', label, 63, 'label'),
  ];
};

function nameErrors(
  key: string,
  value: string | undefined,
  what: string,
  pattern: RegExp,
  maxLength: number,
  form: 'label' | 'subdomain',
): FieldError[] {
  if (value === undefined) return [];
  const trimmed = value.trim();
  if (trimmed === '') return [invalid(pathOf(key), value, `${what} must not be empty`, nameHint(what))];
  if (trimmed.length > maxLength) {
    const detail = `${what} must be a DNS ${form}: must be no more than ${maxLength} bytes`;
    return [invalid(pathOf(key), value, detail, nameHint(what))];
  }
  if (pattern.test(trimmed)) return [];
  const dots = form === 'subdomain' ? " '-' or '.'" : " or '-'";
  const detail =
    `${what} must be a DNS ${form}: a lowercase RFC 1123 ${form} must consist of lower case alphanumeric ` +
    `characters${form === 'subdomain' ? ',' : ''}${dots}, and must start and end with an alphanumeric character`;
  return [invalid(pathOf(key), value, detail, nameHint(what))];
}

function nameHint(what: string): string {
  return `name an existing ${what.replace(' name', '')}`;
}

function countErrors(value: string | undefined): FieldError[] {
  const trimmed = value?.trim() ?? '';
  if (trimmed === '') return [];
  if (!/^[+-]?\d+$/.test(trimmed)) {
    return [countError(value, 'not a number')];
  }
  return Number(trimmed) >= 1 ? [] : [countError(value, 'must be >= 1')];
}

function countError(value: string | undefined, problem: string): FieldError {
  const detail = `invalid ${countKey} value ${JSON.stringify(value)}: ${problem}`;
  return invalid(pathOf(countKey), value, detail, 'write a whole number of devices, such as "2"');
}

function selectorErrors(value: string | undefined): FieldError[] {
  return value === undefined || value.trim() !== ''
    ? []
    : [
        invalid(
          pathOf(selectorsKey),
          value,
          'cel selector must contain at least one non-empty CEL expression',
          'write one expression per line, or remove the annotation',
        ),
      ];
}

function pathOf(key: string): string {
  return `metadata.annotations[${key}]`;
}

export const deviceClaimRules: readonly Rule[] = [deviceClaimIsComplete];
