import type { StructuralSchema } from './structural.ts';

const known = new WeakMap<StructuralSchema, boolean>();

/** Whether a schema, or one below it, has CEL rules. */
export function hasRules(schema: StructuralSchema): boolean {
  let answer = known.get(schema);
  if (answer === undefined) {
    // Taken as "none" while its own parts are looked at: built-in types may refer to themselves.
    known.set(schema, false);
    const parts = [
      schema.items,
      schema.additional,
      ...schema.properties.values(),
      ...(schema.checks?.allOf ?? []),
    ];
    answer = schema.rules.length > 0 || parts.some((part) => part !== undefined && hasRules(part));
    known.set(schema, answer);
  }
  return answer;
}
