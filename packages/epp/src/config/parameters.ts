import { type FieldError, invalid } from '@weir/api/meta';
import { unknownKeyMessage } from '@weir/core/config';
import type { z } from 'zod';
import type { PluginDefinition } from '../framework/plugin.ts';

/** Checks the parameters of one plugin; every defect with its path and, for an unknown name, the nearest one. */
export function parseParameters(
  definition: PluginDefinition,
  value: Readonly<Record<string, unknown>>,
  path: string,
): { readonly parameters: unknown; readonly errors: readonly FieldError[] } {
  const unbuilt = Object.keys(value).filter((name) => definition.unbuiltParameters.includes(name));
  if (unbuilt.length > 0) {
    const detail = 'this parameter is known but not built yet';
    return {
      parameters: null,
      errors: unbuilt.map((name) => ({ type: 'NotSupported', path: `${path}.${name}`, detail })),
    };
  }
  const result = definition.parameters.safeParse(value);
  if (result.success) return { parameters: result.data, errors: [] };
  return {
    parameters: null,
    errors: result.error.issues.flatMap((issue) => toFieldErrors(issue, value, path, definition)),
  };
}

function toFieldErrors(
  issue: z.core.$ZodIssue,
  root: unknown,
  path: string,
  definition: PluginDefinition,
): FieldError[] {
  const at = issue.path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    path,
  );
  if (issue.code === 'unrecognized_keys') {
    const known = issue.path.length === 0 ? parameterNames(definition) : [];
    return issue.keys.map((key) => ({
      type: 'NotSupported',
      path: `${at}.${key}`,
      detail: unknownKeyMessage(`parameter of ${definition.type}`, key, known),
    }));
  }
  return [invalid(at, valueAt(root, issue.path), issue.message)];
}

/** Names of the parameters, through a transformation where there is one. */
function parameterNames(definition: PluginDefinition): string[] {
  let schema: unknown = definition.parameters;
  for (let depth = 0; depth < 4; depth++) {
    const { shape, in: input } = schema as { shape?: object; in?: unknown };
    if (shape !== undefined) return Object.keys(shape);
    if (input === undefined) return [];
    schema = input;
  }
  return [];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
