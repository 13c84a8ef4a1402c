import { type CelInput, celList, celMap } from '@bufbuild/cel';
import { durationFromMs, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { isDuration, isTime } from '../formats.ts';
import type { StructuralSchema } from '../structural.ts';
import { durationMs } from './duration.ts';
import { JsonFields } from './json-fields.ts';

/** Converted values by the JSON value they come from: a rule at each level must not convert everything below again. */
export type CelMemo = WeakMap<object, CelInput>;

/**
 * A JSON value as CEL sees it: integers are `int` where the schema says so, declared fields have escaped names,
 * undeclared fields do not exist, and strings with a time format are times.
 */
export function toCelValue(schema: StructuralSchema | undefined, value: unknown, memo: CelMemo): CelInput {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') {
    const known = memo.get(value);
    if (known !== undefined) return known;
    const converted = Array.isArray(value)
      ? celList(value.map((item) => toCelValue(schema?.items, item, memo)))
      : celMap(
          new JsonFields(schema, value as Record<string, unknown>, (field, item) =>
            toCelValue(field, item, memo),
          ),
        );
    memo.set(value, converted);
    return converted;
  }
  if (typeof value === 'number') return toCelNumber(schema, value);
  if (typeof value === 'string') return toCelText(schema, value);
  return value as boolean;
}

function toCelNumber(schema: StructuralSchema | undefined, value: number): CelInput {
  const isInteger = Number.isInteger(value) && schema?.type !== 'number';
  return isInteger ? BigInt(value) : value;
}

function toCelText(schema: StructuralSchema | undefined, text: string): CelInput {
  switch (schema?.checks?.format) {
    case 'date-time':
      return isTime(text) ? timestampFromMs(Date.parse(text)) : text;
    case 'date':
      return isTime(`${text}T00:00:00Z`) ? timestampFromMs(Date.parse(`${text}T00:00:00Z`)) : text;
    case 'duration':
      return isDuration(text) ? durationFromMs(durationMs(text)) : text;
    case 'byte':
      return Buffer.from(text, 'base64');
    default:
      return text;
  }
}
