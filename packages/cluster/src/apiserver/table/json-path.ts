import { badRequest } from '../api-error.ts';

/** Finds all values that the path selects. */
type JsonPath = (value: unknown) => unknown[];

type Step = (value: unknown) => unknown[];

/**
 * The part of kubectl's JSONPath that printer columns use: `.a.b`, `['a']`, `[0]`, `[-1]`, `[*]`, slices and filters
 * such as `[?(@.type=="Ready")]`. What is absent selects nothing.
 */
export function parseJsonPath(path: string): JsonPath {
  const steps: Step[] = [];
  let rest = path
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .replace(/^\$/, '');
  if (rest !== '' && !/^[.[]/.test(rest)) rest = `.${rest}`;
  while (rest !== '' && rest !== '.') {
    const [step, length] = nextStep(rest, path);
    steps.push(step);
    rest = rest.slice(length);
  }
  return (value) => steps.reduce<unknown[]>((found, step) => found.flatMap(step), [value]);
}

function nextStep(text: string, path: string): [Step, number] {
  const wildcard = /^(?:\.\*|\[\*\])/.exec(text);
  if (wildcard !== null) return [children, wildcard[0].length];
  const field = /^\.((?:\\.|[^.[\\])+)/.exec(text);
  if (field !== null) return [member((field[1] ?? '').replaceAll(/\\(.)/g, '$1')), field[0].length];
  const quoted = /^\[\s*(['"])(.*?)\1\s*\]/.exec(text);
  if (quoted !== null) return [member(quoted[2] ?? ''), quoted[0].length];
  const index = /^\[\s*(-?\d+)\s*\]/.exec(text);
  if (index !== null) return [item(Number(index[1])), index[0].length];
  const slice = /^\[\s*(-?\d*)\s*:\s*(-?\d*)\s*\]/.exec(text);
  if (slice !== null) return [sliceOf(slice[1] ?? '', slice[2] ?? ''), slice[0].length];
  const filter = /^\[\?\(\s*(.+?)\s*\)\]/.exec(text);
  if (filter !== null) return [filterOf(filter[1] ?? '', path), filter[0].length];
  throw badRequest(`the JSON path ${path} is not supported at "${text}"`);
}

function children(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function member(name: string): Step {
  return (value) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
    const found = (value as Record<string, unknown>)[name];
    return found === undefined || found === null ? [] : [found];
  };
}

function item(index: number): Step {
  return (value) => {
    const found = Array.isArray(value) ? value.at(index) : undefined;
    return found === undefined ? [] : [found];
  };
}

function sliceOf(from: string, to: string): Step {
  return (value) =>
    Array.isArray(value) ? value.slice(Number(from || 0), to === '' ? undefined : Number(to)) : [];
}

const comparison = /^@(\S*?)\s*(==|!=|>=|<=|>|<)\s*(.+)$/;

function filterOf(expression: string, path: string): Step {
  const match = comparison.exec(expression);
  const left = parseJsonPath((match?.[1] ?? expression.replace(/^@/, '')) || '.');
  if (match === null && !expression.startsWith('@')) {
    throw badRequest(`the filter (${expression}) in the JSON path ${path} is not supported`);
  }
  const operator = match?.[2] ?? '';
  const right = literal(match?.[3] ?? '');
  const accepts = (value: unknown): boolean => {
    const found = left(value);
    return match === null ? found.length > 0 : found.some((one) => compare(one, operator, right));
  };
  return (value) => (Array.isArray(value) ? value : children(value)).filter(accepts);
}

function literal(text: string): string | number | boolean {
  const quoted = /^(['"])(.*)\1$/s.exec(text.trim());
  if (quoted !== null) return quoted[2] ?? '';
  if (text === 'true' || text === 'false') return text === 'true';
  return Number(text);
}

function compare(left: unknown, operator: string, right: string | number | boolean): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  if (operator === '>') return left > right;
  if (operator === '>=') return left >= right;
  return operator === '<' ? left < right : left <= right;
}
