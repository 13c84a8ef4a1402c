import { type FieldError, invalid, required, typeInvalid } from '../../meta/index.ts';
import type { LLMInferenceServiceSpec, ModelSpec } from '../types.ts';
import type { Rule } from './rule.ts';

export const loraPath = 'spec.model.lora';

/** The adapters that have the shape of one; the schema lets anything stand there. */
export function adaptersOf(spec: LLMInferenceServiceSpec): readonly (ModelSpec | undefined)[] {
  const adapters: unknown = spec.model?.lora?.adapters;
  if (!Array.isArray(adapters)) return [];
  return adapters.map((adapter: unknown) => (isObject(adapter) ? (adapter as ModelSpec) : undefined));
}

/** The adapter's name, when it is a text. */
export function adapterName(adapter: ModelSpec | undefined): string {
  return typeof adapter?.name === 'string' ? adapter.name : '';
}

const adaptersHaveTheShapeOfModels: Rule = ({ spec }) => {
  const adapters: unknown = spec.model?.lora?.adapters;
  if (adapters === undefined || adapters === null) return [];
  const path = `${loraPath}.adapters`;
  if (!Array.isArray(adapters)) return [typeInvalid(path, typeof adapters, 'must be a list of models')];
  return adapters.flatMap((adapter: unknown, index) => {
    if (!isObject(adapter)) return [typeInvalid(`${path}[${index}]`, typeof adapter, 'must be an object')];
    return ['name', 'uri']
      .filter((field) => field in adapter && typeof adapter[field] !== 'string')
      .map((field) => typeInvalid(`${path}[${index}].${field}`, adapter[field], 'must be a string'));
  });
};

const loraLimitsArePositive: Rule = ({ spec }) =>
  (['maxRank', 'maxAdapters', 'maxCpuAdapters'] as const).flatMap((field) => {
    const value = spec.model?.lora?.[field];
    return value !== undefined && value < 1
      ? [
          invalid(
            `${loraPath}.${field}`,
            value,
            `${field} must be at least 1`,
            'set it to 1 or more, or remove it',
          ),
        ]
      : [];
  });

const adapterNamesAreDistinct: Rule = ({ spec, metadata }) => {
  const base = spec.model?.name ?? metadata.name;
  const seen = new Map<string, number>();
  return adaptersOf(spec).flatMap((adapter, index) => {
    if (adapter === undefined) return [];
    const name = adapterName(adapter);
    const path = `${loraPath}.adapters[${index}].name`;
    if (name === '')
      return [required(path, 'adapter name is required', 'give the adapter the name that requests will use')];
    if (name === '.' || name === '..') {
      return [
        invalid(
          path,
          name,
          'adapter name must not include "." or ".." (path traversal risk)',
          'choose a name of letters and digits',
        ),
      ];
    }
    const errors: FieldError[] = [];
    const earlier = seen.get(name);
    if (earlier === undefined) seen.set(name, index);
    else
      errors.push(
        invalid(path, name, `duplicate name (same as adapters[${earlier}])`, 'rename one of the two'),
      );
    if (name === base) {
      errors.push(
        invalid(
          path,
          name,
          `adapter name must differ from base model name ${JSON.stringify(base)}`,
          'rename the adapter',
        ),
      );
    }
    return errors;
  });
};

export const loraRules: readonly Rule[] = [
  adaptersHaveTheShapeOfModels,
  loraLimitsArePositive,
  adapterNamesAreDistinct,
];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
