import type { CelInput } from '@bufbuild/cel';
import type { StructuralSchema } from '../structural.ts';
import { escapeName, isOpen } from './field-names.ts';

/** Converts the value of one field. */
type Convert = (schema: StructuralSchema | undefined, value: unknown) => CelInput;

/**
 * The fields of a JSON object under the names that CEL rules use. A value is converted when it is first asked for: a
 * rule at the top of an object looks at two of its hundreds of fields.
 */
export class JsonFields implements ReadonlyMap<string, CelInput> {
  readonly #schema: StructuralSchema | undefined;
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #convert: Convert;
  readonly #keys: ReadonlyMap<string, string>;
  readonly #values = new Map<string, CelInput>();

  constructor(
    schema: StructuralSchema | undefined,
    object: Readonly<Record<string, unknown>>,
    convert: Convert,
  ) {
    this.#schema = schema;
    this.#object = object;
    this.#convert = convert;
    this.#keys = new Map(visibleKeys(schema, object));
  }

  get size(): number {
    return this.#keys.size;
  }

  get(name: string): CelInput | undefined {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    const key = this.#keys.get(name);
    if (key === undefined) return undefined;
    const field = this.#schema?.properties.get(key) ?? this.#schema?.additional;
    const value = this.#convert(field, this.#object[key]);
    this.#values.set(name, value);
    return value;
  }

  has(name: string): boolean {
    return this.#keys.has(name);
  }

  keys(): MapIterator<string> {
    return this.#keys.keys();
  }

  entries(): MapIterator<[string, CelInput]> {
    for (const name of this.#keys.keys()) this.get(name);
    return this.#values.entries();
  }

  values(): MapIterator<CelInput> {
    for (const name of this.#keys.keys()) this.get(name);
    return this.#values.values();
  }

  forEach(call: (value: CelInput, key: string, map: ReadonlyMap<string, CelInput>) => void): void {
    for (const [name, value] of this.entries()) call(value, name, this);
  }

  [Symbol.iterator](): MapIterator<[string, CelInput]> {
    return this.entries();
  }
}

/** Names of rules with the keys they stand for. Undeclared fields do not exist, except where a schema is open. */
function* visibleKeys(
  schema: StructuralSchema | undefined,
  object: Readonly<Record<string, unknown>>,
): Iterable<[string, string]> {
  const open = isOpen(schema);
  for (const key of Object.keys(object)) {
    const field = schema?.properties.get(key);
    if (field === undefined) {
      if (open) yield [key, key];
    } else if (object[key] !== null || field.nullable) yield [escapeName(key), key];
  }
}
