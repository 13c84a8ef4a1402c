import { badField } from './http-error.ts';
import type { JsonObject } from './read-json.ts';

interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** The smallest value itself is not allowed. */
  readonly above?: number;
}

/**
 * Reads the fields of a request body, each checked, and remembers which were asked for: the rest is unknown. Null
 * counts as absent, as in OpenAI's schema.
 */
export class Fields {
  readonly #body: JsonObject;
  readonly #known = new Set<string>();

  constructor(body: JsonObject) {
    this.#body = body;
  }

  get(name: string): unknown {
    this.#known.add(name);
    return this.#body[name] ?? null;
  }

  number(name: string, range: NumberRange = {}): number | null {
    const value = this.get(name);
    if (value === null) return null;
    if (typeof value !== 'number') throw badField(name, `must be a number, not ${describe(value)}`);
    checkRange(name, value, range);
    return value;
  }

  integer(name: string, range: NumberRange = {}): number | null {
    const value = this.number(name, range);
    if (value !== null && !Number.isInteger(value)) throw badField(name, `must be an integer, not ${value}`);
    return value;
  }

  boolean(name: string): boolean | null {
    const value = this.get(name);
    if (value === null || typeof value === 'boolean') return value;
    throw badField(name, `must be true or false, not ${describe(value)}`);
  }

  string(name: string): string | null {
    const value = this.get(name);
    if (value === null || typeof value === 'string') return value;
    throw badField(name, `must be a string, not ${describe(value)}`);
  }

  array(name: string, maxLength: number): readonly unknown[] | null {
    const value = this.get(name);
    if (value === null) return null;
    if (!Array.isArray(value)) throw badField(name, `must be an array, not ${describe(value)}`);
    if (value.length > maxLength)
      throw badField(name, `has ${value.length} entries; at most ${maxLength} are allowed`);
    return value;
  }

  object(name: string): JsonObject | null {
    const value = this.get(name);
    if (value === null) return null;
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw badField(name, `must be an object, not ${describe(value)}`);
    }
    return { ...value };
  }

  /** Names in the body that nothing read. */
  unknownNames(): string[] {
    return Object.keys(this.#body).filter((name) => !this.#known.has(name));
  }
}

/** The kind of a value, for messages. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function checkRange(name: string, value: number, { min, max, above }: NumberRange): void {
  const isOk =
    Number.isFinite(value) &&
    (min === undefined || value >= min) &&
    (max === undefined || value <= max) &&
    (above === undefined || value > above);
  if (isOk) return;
  const bounds = [
    min === undefined ? null : `at least ${min}`,
    above === undefined ? null : `greater than ${above}`,
    max === undefined ? null : `at most ${max}`,
  ].filter((bound) => bound !== null);
  throw badField(name, `must be ${bounds.join(' and ')}, not ${value}`);
}
