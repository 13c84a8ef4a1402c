import type { FieldError } from '@weir/api/meta';
import { invalid } from '@weir/api/meta';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import { TemplateError } from './template/ast.ts';
import { Budget } from './template/budget.ts';
import { checkQuotes, checkTemplate } from './template/check.ts';
import { type GlobalConfig, sampleRoot, type TemplateSubject, templateRoot } from './template/data.ts';
import { type Environment, evaluateTemplate } from './template/evaluate.ts';
import { templateFunctions } from './template/kserve-functions.ts';
import { parseTemplate } from './template/parse.ts';

export type { GlobalConfig } from './template/data.ts';

/** A template in a spec that cannot be rendered: the field, and what is wrong at which place in it. */
export class RenderError extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = 'RenderError';
    this.path = path;
  }
}

/**
 * Renders every string of a merged spec once, against that spec itself, so that values from any layer are seen.
 * Inserted values are data: quotes and braces in them mean nothing. Metadata is not rendered.
 */
export function renderSpec(
  service: TemplateSubject,
  merged: LLMInferenceServiceSpec,
  globalConfig: GlobalConfig,
): LLMInferenceServiceSpec {
  const budget = new Budget();
  const environmentOf = (spec: LLMInferenceServiceSpec): Environment => ({
    root: templateRoot(service, spec, globalConfig),
    functions: templateFunctions,
    budget,
  });
  // The model comes first: its name may be a template, and most presets use the result.
  const model = renderValue(merged.model, 'spec.model', environmentOf(merged));
  const spec =
    merged.model === undefined ? merged : { ...merged, model: model as typeof merged.model & object };
  return renderValue(spec, 'spec', environmentOf(spec)) as LLMInferenceServiceSpec;
}

/** Templates that fail for every service, for admission of a Config. What only some services lack shows per service. */
export function templateErrors(spec: LLMInferenceServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  const root = sampleRoot();
  forEachTemplate(spec, 'spec', (text, path) => {
    try {
      checkTemplate(parseTemplate(text), root, templateFunctions);
      checkQuotes(text);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      errors.push(invalid(path, text, `${error.message} ${placeOf(text, error.at)}`));
    }
  });
  return errors;
}

function renderValue(value: unknown, path: string, environment: Environment): unknown {
  if (typeof value === 'string') return value.includes('{{') ? renderText(value, path, environment) : value;
  if (Array.isArray(value)) {
    return value.map((item, index) => renderValue(item, itemPath(path, item, index), environment));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      // Keys of maps, such as labels, may be templates too.
      key.includes('{{') ? renderText(key, path, environment) : key,
      renderValue(item, `${path}.${key}`, environment),
    ]),
  );
}

function renderText(text: string, path: string, environment: Environment): string {
  try {
    return evaluateTemplate(parseTemplate(text), environment);
  } catch (error) {
    if (error instanceof TemplateError)
      throw new RenderError(path, `${error.message} ${placeOf(text, error.at)}`);
    throw error;
  }
}

function forEachTemplate(value: unknown, path: string, visit: (text: string, path: string) => void): void {
  if (typeof value === 'string') {
    if (value.includes('{{')) visit(value, path);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      forEachTemplate(item, itemPath(path, item, index), visit);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key.includes('{{')) visit(key, path);
      forEachTemplate(item, `${path}.${key}`, visit);
    }
  }
}

/** Named items are shown by name: `containers[main]` tells more than `containers[0]`. */
function itemPath(path: string, item: unknown, index: number): string {
  const name = typeof item === 'object' && item !== null ? (item as { name?: unknown }).name : undefined;
  return `${path}[${typeof name === 'string' && !name.includes('{{') ? name : index}]`;
}

function placeOf(text: string, at: number): string {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return `(line ${line}, column ${at - before.lastIndexOf('\n')})`;
}
