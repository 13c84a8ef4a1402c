import { writeFileSync } from 'node:fs';
import { builtinGroupVersions, type OpenApiSchema, readSchemas, referenceOf } from './documents.ts';

interface Field {
  key?: string;
  strategy?: string;
  type?: string;
}

/**
 * Writes how strategic merge patches treat the fields of each built-in type: `{type: {field: {key, strategy, type}}}`.
 * Types from which no merge rule can be reached are left out: merging needs no knowledge of them.
 */
export function generateMergeKeys(target: string): void {
  const types = new Map<string, Map<string, Field>>();
  for (const groupVersion of builtinGroupVersions) {
    for (const [name, schema] of Object.entries(readSchemas(groupVersion))) types.set(name, fieldsOf(schema));
  }
  const useful = typesWithRules(types);
  const table: Record<string, Record<string, Field>> = {};
  for (const name of [...useful].sort()) {
    const fields = [...(types.get(name) ?? [])]
      .map(([field, rule]): [string, Field] => [field, pruned(rule, useful)])
      .filter(([, rule]) => Object.keys(rule).length > 0);
    table[name] = Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const head = 'npm run generate (scripts/generate/merge-keys.ts) from the OpenAPI documents of Kubernetes';
  writeFileSync(target, `${JSON.stringify({ generatedBy: head, types: table }, null, 1)}\n`);
}

function fieldsOf(schema: OpenApiSchema): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const field: Field = {};
    const key = property['x-kubernetes-patch-merge-key'];
    const strategy = property['x-kubernetes-patch-strategy'];
    const type = referenceOf(property) ?? (property.items && referenceOf(property.items));
    if (key !== undefined) field.key = key;
    if (strategy !== undefined) field.strategy = strategy;
    if (type !== undefined) field.type = type;
    if (Object.keys(field).length > 0) fields.set(name, field);
  }
  return fields;
}

/** Fixed point: a type is useful when it has a rule or refers to a useful type. */
function typesWithRules(types: ReadonlyMap<string, ReadonlyMap<string, Field>>): Set<string> {
  const useful = new Set<string>();
  for (let before = -1; before !== useful.size; ) {
    before = useful.size;
    for (const [name, fields] of types) {
      const found = [...fields.values()].some(
        (field) => field.strategy !== undefined || (field.type !== undefined && useful.has(field.type)),
      );
      if (found) useful.add(name);
    }
  }
  return useful;
}

function pruned(field: Field, useful: ReadonlySet<string>): Field {
  const { type, ...rule } = field;
  return type !== undefined && useful.has(type) ? { ...rule, type } : rule;
}
