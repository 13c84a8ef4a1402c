import { gbnfLiteral, jsonRules, toGbnf } from './json-object.ts';

/** A schema this converter cannot hold a model to. */
export class UnsupportedSchema extends Error {
  override readonly name = 'UnsupportedSchema';
}

type Schema = Readonly<Record<string, unknown>>;

const maxDepth = 64;
const maxRules = 2000;

/** Keywords without influence on which values are valid. */
const annotations = new Set([
  '$schema',
  '$id',
  '$comment',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$defs',
  'definitions',
]);

/**
 * A grammar whose sentences are the JSON texts a schema allows. Objects hold their properties in the order of the
 * schema and nothing else. Throws `UnsupportedSchema` naming the keyword when a rule of the schema cannot be kept.
 */
export function jsonSchemaGrammar(schema: unknown): string {
  const builder = new Builder(schema);
  const root = builder.rule('root', schema, '#', 0);
  return toGbnf({ ...(root === 'root' ? {} : { root }), ...builder.rules, ...jsonRules });
}

class Builder {
  readonly rules: Record<string, string> = {};
  readonly #root: unknown;
  readonly #references = new Map<string, string>();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** Name of a rule for the schema; `path` is where it stands, for messages. */
  rule(name: string, schema: unknown, path: string, depth: number): string {
    if (depth > maxDepth) throw new UnsupportedSchema(`${path} is nested deeper than ${maxDepth} levels`);
    if (schema === true) return 'value';
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
      throw new UnsupportedSchema(`${path} is not a schema`);
    }
    const body = this.#body({ ...schema }, name, path, depth);
    if (/^[a-z]+$/.test(body)) return body;
    return this.#define(name, body);
  }

  #define(name: string, body: string): string {
    if (Object.keys(this.rules).length >= maxRules)
      throw new UnsupportedSchema(`it needs more than ${maxRules} rules`);
    this.rules[name] = body;
    return name;
  }

  #body(schema: Schema, name: string, path: string, depth: number): string {
    if (typeof schema.$ref === 'string') return this.#reference(schema, schema.$ref, path, depth);
    if ('const' in schema) return this.#literals(schema, [schema.const], path);
    if (Array.isArray(schema.enum)) return this.#literals(schema, schema.enum, path);
    for (const key of ['anyOf', 'oneOf']) {
      const options = schema[key];
      if (!Array.isArray(options)) continue;
      allow(schema, [key], path);
      const rules = options.map((option, i) =>
        this.rule(`${name}-${i}`, option, `${path}/${key}/${i}`, depth + 1),
      );
      if (rules.length === 0) throw new UnsupportedSchema(`${path}/${key} is empty`);
      return `( ${rules.join(' | ')} )`;
    }
    if (Array.isArray(schema.type)) {
      const options = schema.type.map((type: unknown) => ({ ...schema, type }));
      return this.#body({ anyOf: options.map((option) => onlyKeysOf(option)) }, name, path, depth);
    }
    return this.#typed(schema, name, path, depth);
  }

  #typed(schema: Schema, name: string, path: string, depth: number): string {
    switch (schema.type ?? ('properties' in schema ? 'object' : undefined)) {
      case 'object':
        return this.#object(schema, name, path, depth);
      case 'array':
        return this.#array(schema, name, path, depth);
      case 'string':
        allow(schema, ['type', 'minLength', 'maxLength'], path);
        return boundedString(schema, path);
      case 'integer':
      case 'number':
      case 'boolean':
      case 'null':
        allow(schema, ['type'], path);
        return String(schema.type);
      case undefined:
        allow(schema, [], path);
        return 'value';
      default:
        throw new UnsupportedSchema(`${path}/type: ${JSON.stringify(schema.type)} is not a JSON type`);
    }
  }

  #reference(schema: Schema, reference: string, path: string, depth: number): string {
    allow(schema, ['$ref'], path);
    const known = this.#references.get(reference);
    if (known !== undefined) return known;
    const name = `ref-${this.#references.size}`;
    // Registered before its body is built: schemas may refer to themselves.
    this.#references.set(reference, name);
    const body = this.rule(`${name}-body`, resolvePointer(this.#root, reference, path), reference, depth + 1);
    this.#define(name, body);
    return name;
  }

  #literals(schema: Schema, values: readonly unknown[], path: string): string {
    allow(schema, ['const', 'enum', 'type'], path);
    if (values.length === 0) throw new UnsupportedSchema(`${path}/enum is empty`);
    return `( ${values.map((value) => gbnfLiteral(JSON.stringify(value))).join(' | ')} ) space`;
  }

  #object(schema: Schema, name: string, path: string, depth: number): string {
    allow(schema, ['type', 'properties', 'required', 'additionalProperties'], path);
    const properties = Object.entries(schema.properties ?? {});
    if (properties.length === 0)
      return schema.additionalProperties === false ? '"{" space "}" space' : 'object';
    const required = new Set(Array.isArray(schema.required) ? schema.required : []);
    const missing = [...required].find((key) => !properties.some(([property]) => property === key));
    if (missing !== undefined) throw new UnsupportedSchema(`${path}/required: "${missing}" has no schema`);
    const members = properties.map(([key, value], i) => ({
      isRequired: required.has(key),
      text: `${gbnfLiteral(JSON.stringify(key))} space ":" space ${this.rule(`${name}-${i}`, value, `${path}/properties/${key}`, depth + 1)}`,
    }));
    return `"{" space ${this.#members(name, members)} "}" space`;
  }

  /**
   * Members in order, the optional ones left out or not. `first` is the sentence when no member was written yet, `rest`
   * the one that begins with a comma: one pair of rules per member, so the grammar grows linearly.
   */
  #members(name: string, members: readonly { isRequired: boolean; text: string }[]): string {
    let first = '';
    let rest = '';
    for (let i = members.length - 1; i >= 0; i--) {
      const { isRequired, text } = members[i] ?? { isRequired: true, text: '' };
      const written = `${text} ${rest}`;
      const nextFirst = isRequired || first === '' ? written : `${written} | ${first}`;
      const nextRest = isRequired ? `"," space ${written}` : `"," space ${written} | ${rest}`;
      const isOptionalEnd = !isRequired && first === '';
      first = this.#define(`${name}-first-${i}`, isOptionalEnd ? `( ${nextFirst} )?` : nextFirst);
      rest = this.#define(
        `${name}-rest-${i}`,
        !isRequired && rest === '' ? `( "," space ${written} )?` : nextRest,
      );
    }
    return first;
  }

  #array(schema: Schema, name: string, path: string, depth: number): string {
    allow(schema, ['type', 'items', 'minItems', 'maxItems'], path);
    const item = this.rule(`${name}-item`, schema.items ?? true, `${path}/items`, depth + 1);
    const min = bound(schema, 'minItems', path) ?? 0;
    const max = bound(schema, 'maxItems', path);
    if (max !== null && max < min) throw new UnsupportedSchema(`${path}: maxItems is less than minItems`);
    if (max === 0) return '"[" space "]" space';
    const more = `( "," space ${item} ){${Math.max(0, min - 1)},${max === null ? '' : max - 1}}`;
    return `"[" space ${min === 0 ? `( ${item} ${more} )?` : `${item} ${more}`} "]" space`;
  }
}

function boundedString(schema: Schema, path: string): string {
  const min = bound(schema, 'minLength', path);
  const max = bound(schema, 'maxLength', path);
  if (min === null && max === null) return 'string';
  return `"\\"" char{${min ?? 0},${max ?? ''}} "\\"" space`;
}

function bound(schema: Schema, key: string, path: string): number | null {
  const value = schema[key];
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 10_000) return value;
  throw new UnsupportedSchema(`${path}/${key} must be an integer from 0 to 10000`);
}

/** Refuses a schema with a rule that would be ignored. */
function allow(schema: Schema, keys: readonly string[], path: string): void {
  for (const key of Object.keys(schema)) {
    if (!keys.includes(key) && !annotations.has(key)) {
      throw new UnsupportedSchema(`${path}/${key}: this keyword is not supported here by the CPU engine`);
    }
  }
}

const keysOfType: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength'],
};

/** Of a schema with several types, the part that concerns one of them. */
function onlyKeysOf(schema: Schema): Schema {
  const own = keysOfType[String(schema.type)] ?? [];
  const foreign = Object.values(keysOfType).flat();
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => own.includes(key) || !foreign.includes(key)),
  );
}

function resolvePointer(root: unknown, reference: string, path: string): unknown {
  if (reference !== '#' && !reference.startsWith('#/')) {
    throw new UnsupportedSchema(`${path}/$ref: "${reference}" is not inside the schema`);
  }
  let value = root;
  for (const part of reference.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    const isInside = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
    if (!isInside) throw new UnsupportedSchema(`${path}/$ref: "${reference}" leads nowhere`);
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
