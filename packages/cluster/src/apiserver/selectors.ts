import { badRequest } from './api-error.ts';

type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean;
type FieldMatcher = (fieldValue: (path: string) => string) => boolean;

/** Parses `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`; the empty text matches all. */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (labels) => requirements.every((matches) => matches(labels ?? {}));
}

/** Parses `a=b,c!=d`; every path must be one of `supported`. */
export function parseFieldSelector(text: string, supported: readonly string[]): FieldMatcher {
  const terms = splitEscaped(text).map((term) => parseFieldTerm(term, text));
  for (const { path } of terms) {
    if (!supported.includes(path)) {
      throw badRequest(
        `Unable to find field selector "${text}": field label not supported: ${path} (supported here: ${supported.join(', ')})`,
      );
    }
  }
  return (fieldValue) => terms.every((term) => (fieldValue(term.path) === term.value) === term.isEqual);
}

/** Labels that every pod of a `metav1.LabelSelector` has, as selector text; what the scale subresource shows. */
export function labelSelectorText(selector: unknown): string {
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as {
    matchLabels?: Record<string, string>;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
  };
  const equal = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...equal, ...matchExpressions.map(expressionText)].sort().join(',');
}

function expressionText({
  key,
  operator,
  values = [],
}: {
  key: string;
  operator: string;
  values?: string[];
}): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
}

const name = '[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';
const labelKey = `(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?${name}`;
const setForm = new RegExp(`^(${labelKey})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equalForm = new RegExp(`^(${labelKey})\\s*(==|=|!=)\\s*((?:${name})?)$`);
const numberForm = new RegExp(`^(${labelKey})\\s*(>|<)\\s*(-?\\d+)$`);
const existsForm = new RegExp(`^(!?)\\s*(${labelKey})$`);

type Labels = Readonly<Record<string, string>>;

function parseRequirement(text: string): (labels: Labels) => boolean {
  const set = setForm.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    const isListed = (labels: Labels): boolean =>
      Object.hasOwn(labels, key) && values.includes(labels[key] ?? '');
    return (labels) => isListed(labels) === (operator === 'in');
  }
  const equal = equalForm.exec(text);
  if (equal !== null) {
    const [, key = '', operator, value = ''] = equal;
    return (labels) => (Object.hasOwn(labels, key) && labels[key] === value) === (operator !== '!=');
  }
  const number = numberForm.exec(text);
  if (number !== null) {
    const [, key = '', operator, bound] = number;
    return (labels) => {
      if (!/^-?\d+$/.test(labels[key] ?? '')) return false;
      return operator === '>' ? Number(labels[key]) > Number(bound) : Number(labels[key]) < Number(bound);
    };
  }
  const exists = existsForm.exec(text);
  if (exists === null) throw badRequest(`unable to parse requirement: "${text}" is not a label requirement`);
  const [, negation, key = ''] = exists;
  return (labels) => Object.hasOwn(labels, key) !== (negation === '!');
}

function splitOutsideParentheses(text: string): string[] {
  if (text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function parseFieldTerm(term: string, whole: string): { path: string; value: string; isEqual: boolean } {
  const match = /^([^=!]+)(==|!=|=)(.*)$/s.exec(term);
  if (match === null) throw badRequest(`invalid field selector "${whole}": "${term}" is not KEY=VALUE`);
  const [, path = '', operator, value = ''] = match;
  return { path: path.trim(), value: value.replace(/\\([\\,=])/g, '$1'), isEqual: operator !== '!=' };
}

function splitEscaped(text: string): string[] {
  return (text.match(/(?:\\.|[^,\\])+/g) ?? []).filter((term) => term !== '');
}
