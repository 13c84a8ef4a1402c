import { nearest } from '@weir/core/errors';
import { type FieldError, required, typeInvalid } from '../meta/index.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Collects what is wrong while values of unknown shape are read; a wrong value reads as its empty form. */
export class FieldReader {
  readonly errors: FieldError[] = [];

  /** An object whose keys are all in `known`; absent reads as empty. */
  object(value: unknown, path: string, known: readonly string[]): Fields {
    const fields = this.anyObject(value, path);
    for (const key of Object.keys(fields)) {
      if (!known.includes(key)) this.errors.push(unknownField(path, key, known));
    }
    return fields;
  }

  /** An object with any keys. */
  anyObject(value: unknown, path: string): Fields {
    if (value === undefined || value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
    this.errors.push(typeInvalid(path, value, 'must be an object'));
    return {};
  }

  list(value: unknown, path: string): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.errors.push(typeInvalid(path, value, 'must be a list'));
    return [];
  }

  /** A string, or null when it is absent or not a string. */
  optionalString(value: unknown, path: string): string | null {
    if (value === undefined || value === null) return null;
    if (typeof value === 'string') return value;
    this.errors.push(typeInvalid(path, value, 'must be a string'));
    return null;
  }

  /** A string that must be there and not be empty. */
  string(value: unknown, path: string): string | null {
    if (value === undefined || value === null || value === '') {
      this.errors.push(required(path));
      return null;
    }
    return this.optionalString(value, path);
  }

  number(value: unknown, path: string, fallback: number): number {
    if (value === undefined || value === null) return fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.errors.push(typeInvalid(path, value, 'must be a finite number'));
    return fallback;
  }

  boolean(value: unknown, path: string, fallback: boolean): boolean {
    if (value === undefined || value === null) return fallback;
    if (typeof value === 'boolean') return value;
    this.errors.push(typeInvalid(path, value, 'must be true or false'));
    return fallback;
  }
}

/** A key that its object does not have, with the nearest one that it has. */
function unknownField(path: string, key: string, known: readonly string[]): FieldError {
  const suggestion = nearest(key, known);
  return {
    type: 'NotSupported',
    path: join(path, key),
    detail: suggestion === null ? 'unknown field' : `unknown field — did you mean "${suggestion}"?`,
  };
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
