import { parseQuantity } from '@weir/api/meta';

/** The ConfigMap with the platform's settings; every key holds a JSON object. */
export const platformConfigMapName = 'inferenceservice-config';

/** The ConfigMap exists but says something that cannot be used. */
export class PlatformConfigError extends Error {
  constructor(where: string, problem: string) {
    super(`failed to load ingress config: ConfigMap ${platformConfigMapName}${where}: ${problem}`);
    this.name = 'PlatformConfigError';
  }
}

/**
 * What one key holds. A value of another type than its field has is refused by name: taken for absent, it would turn
 * off what somebody meant to turn on. Null and, for texts, nothing in quotes are the default.
 */
export class Section {
  readonly #key: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #prefix: string;

  constructor(key: string, values: Readonly<Record<string, unknown>>, prefix = '') {
    this.#key = key;
    this.#values = values;
    this.#prefix = prefix;
  }

  text(field: string, fallback: string): string {
    return this.#read(field, '', 'a text — put it in quotes') || fallback;
  }

  flag(field: string, fallback: boolean): boolean {
    return this.#read(field, fallback, 'true or false — write it without quotes');
  }

  number(field: string, fallback: number): number {
    return this.#read(field, fallback, 'a number — write it without quotes');
  }

  texts(field: string): readonly string[] {
    const value = this.#values[field] ?? [];
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    throw this.#problem(field, 'a list of texts');
  }

  /** Pods would be refused for a quantity that cannot be read, and nobody told. */
  quantity(field: string, fallback: string): string {
    const value = this.#values[field] ?? '';
    if (value === '') return fallback;
    if (typeof value === 'string' && parseQuantity(value) !== null) return value;
    const quotes = typeof value === 'string' ? '' : 'in quotes, ';
    throw this.#problem(field, `a quantity — write one ${quotes}such as "${fallback}"`);
  }

  /** The object that a field holds. */
  section(field: string): Section {
    const value = this.#values[field] ?? {};
    if (isObject(value)) return new Section(this.#key, value, `${this.#prefix}${field}.`);
    throw this.#problem(field, 'an object');
  }

  #read<T extends string | boolean | number>(field: string, fallback: T, wanted: string): T {
    const value = this.#values[field] ?? fallback;
    if (typeof value === typeof fallback) return value as T;
    throw this.#problem(field, wanted);
  }

  #problem(field: string, wanted: string): PlatformConfigError {
    const shown = JSON.stringify(this.#values[field]);
    return new PlatformConfigError(
      `, key ${this.#key}`,
      `${this.#prefix}${field}: ${shown} is not ${wanted}`,
    );
  }
}

export function parseSection(json: string | undefined, key: string): Section {
  if (json === undefined || json.trim() === '') return new Section(key, {});
  try {
    const value: unknown = JSON.parse(json);
    if (isObject(value)) return new Section(key, value);
  } catch {
    // Reported below, together with JSON that is no object.
  }
  throw new PlatformConfigError(`, key ${key}`, 'not a JSON object — correct the key');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
