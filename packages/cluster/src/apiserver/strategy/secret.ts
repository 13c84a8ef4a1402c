import { isDeepStrictEqual } from 'node:util';
import type { FieldError } from '@weir/api/meta';
import { forbidden, invalid } from '@weir/api/meta';
import type { Secret } from '@weir/api/workloads';
import { defineStrategy, type Strategy } from './strategy.ts';

export const secretStrategy: Strategy = defineStrategy<Secret>({
  setDefaults: (draft) => {
    draft.type ??= 'Opaque';
    const { stringData } = draft;
    if (stringData === undefined) return;
    const encoded = Object.entries(stringData).map(([key, text]) => [
      key,
      Buffer.from(text).toString('base64'),
    ]);
    draft.data = { ...draft.data, ...(Object.fromEntries(encoded) as Record<string, string>) };
    delete draft.stringData;
  },
  validate: (object, old) => [...dataErrors(object), ...immutableErrors(object, old)],
});

const keyForm = /^[-._a-zA-Z0-9]+$/;
const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function dataErrors(secret: Secret): FieldError[] {
  return Object.keys(secret.data ?? {})
    .filter((key) => !keyForm.test(key))
    .map((key) => invalid(`data[${key}]`, key, keyRule));
}

function immutableErrors(secret: Secret, old: Secret | null): FieldError[] {
  if (old === null) return [];
  const errors: FieldError[] = [];
  if (secret.type !== old.type) errors.push(invalid('type', secret.type, 'field is immutable'));
  if (old.immutable === true && (secret.immutable !== true || !isDeepStrictEqual(secret.data, old.data))) {
    errors.push(forbidden('data', 'field is immutable when `immutable` is set'));
  }
  return errors;
}
