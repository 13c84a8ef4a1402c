type Raw = Readonly<Record<string, unknown>>;

/**
 * The part of an OpenAPI schema that says something about a value: what lies below absent fields is left out. The
 * schemas of the serving kinds hold six pod specs; building all of them takes longer than a command should.
 */
export function narrowSchema(schema: unknown, value: unknown): unknown {
  return narrow(schema, [value]);
}

function narrow(schema: unknown, values: readonly unknown[]): unknown {
  if (!isRaw(schema)) return schema;
  const { properties, items, additionalProperties } = schema;
  const objects = values.filter(isRaw);
  return {
    ...schema,
    ...(isRaw(properties) ? { properties: narrowProperties(properties, objects) } : {}),
    ...(isRaw(items)
      ? {
          items: narrow(
            items,
            values.flatMap((value) => (Array.isArray(value) ? value : [])),
          ),
        }
      : {}),
    ...(isRaw(additionalProperties)
      ? { additionalProperties: narrow(additionalProperties, objects.flatMap(Object.values)) }
      : {}),
  };
}

function narrowProperties(properties: Raw, objects: readonly Raw[]): Raw {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const present = objects.filter((object) => Object.hasOwn(object, name)).map((object) => object[name]);
      return [name, present.length > 0 || hasDefault(schema) ? narrow(schema, present) : outline(schema)];
    }),
  );
}

/** An absent field: known by name, so that rules may ask for it. */
function outline(schema: unknown): unknown {
  if (!isRaw(schema) || typeof schema.type !== 'string') return schema;
  return { type: schema.type, 'x-kubernetes-preserve-unknown-fields': true };
}

function hasDefault(schema: unknown): boolean {
  return isRaw(schema) && 'default' in schema;
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
