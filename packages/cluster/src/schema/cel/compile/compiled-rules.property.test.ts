import { readdirSync, readFileSync } from 'node:fs';
import { type CelResult, isCelError } from '@bufbuild/cel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { structuralOfCrd } from '../../build-structural.ts';
import { objectMetaSchema } from '../../builtin.ts';
import type { StructuralSchema } from '../../structural.ts';
import { type PreparedRule, prepareRules } from '../prepared-rules.ts';
import { toCelValue } from '../values.ts';
import { arbitraryValue, mutated, vocabularyOf } from './testing.ts';

const folder = new URL('../../../../../../config/crd/gen/', import.meta.url);

test('every rule of the CRDs that are served is compiled', () => {
  const left = schemasWithRules().flatMap((schema) =>
    prepareRules(schema).rules.filter(({ judge }) => judge === undefined),
  );
  expect(left.map(({ rule }) => rule.rule)).toEqual([]);
});

test('rules say the same compiled and interpreted, of valid and of broken values', () => {
  const verdicts = new Map<string, Set<boolean | undefined>>();
  for (const schema of schemasWithRules()) {
    const { rules } = prepareRules(schema);
    fc.assert(
      fc.property(valueAndOld(schema), ([value, old]) => {
        for (const prepared of rules) {
          const verdict = judged(prepared, schema, value, old);
          const { rule } = prepared.rule;
          verdicts.set(rule, (verdicts.get(rule) ?? new Set()).add(verdict));
        }
      }),
      { seed: 1, numRuns: 100 },
    );
  }
  // The values are worth something: compiled rules saw nearly all of them hold and fail.
  const seenBoth = [...verdicts.values()].filter((seen) => seen.has(true) && seen.has(false));
  expect(seenBoth.length / verdicts.size).toBeGreaterThan(0.8);
}, 60_000);

function valueAndOld(schema: StructuralSchema): fc.Arbitrary<readonly [unknown, unknown]> {
  const values = arbitraryValue(schema, vocabularyOf(schema));
  const pairs = fc.tuple(values, values);
  const changed = pairs.chain(([value, old]) => fc.tuple(mutated(value), fc.constantFrom(value, old)));
  return fc.oneof({ arbitrary: pairs, weight: 3 }, changed);
}

/** What the compiled rule says, which must be what the interpreter says. */
function judged(
  prepared: PreparedRule,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
): boolean | undefined {
  const verdict = prepared.judge?.(value, old);
  if (verdict === undefined) return undefined;
  const { rule } = prepared.rule;
  expect({ rule, verdict }).toEqual({ rule, verdict: interpreted(prepared, schema, value, old) });
  return verdict;
}

function interpreted(
  { program }: PreparedRule,
  schema: StructuralSchema,
  value: unknown,
  old: unknown,
): unknown {
  if (program instanceof Error) throw program;
  const self = toCelValue(schema, value, new WeakMap());
  const oldSelf = toCelValue(schema, old, new WeakMap());
  const result: CelResult = program.evaluate({ self, oldSelf });
  return isCelError(result) ? result.message : result;
}

/** Versions and kinds often share a part; each is looked at once. */
function schemasWithRules(): readonly StructuralSchema[] {
  const found = new Map<string, StructuralSchema>();
  for (const file of readdirSync(folder)) {
    const { spec } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
    for (const { schema } of spec.versions) {
      for (const part of partsOf(structuralOfCrd(schema.openAPIV3Schema, objectMetaSchema))) {
        if (part.rules.length > 0) found.set(JSON.stringify([part.rules, [...part.properties.keys()]]), part);
      }
    }
  }
  return [...found.values()];
}

function partsOf(schema: StructuralSchema): readonly StructuralSchema[] {
  const branches = schema.checks?.allOf ?? [];
  const parts = [schema.items, schema.additional, ...schema.properties.values(), ...branches];
  const own = parts.filter((part) => part !== undefined && part.typeName === undefined);
  return [schema, ...own.flatMap((part) => (part === undefined ? [] : partsOf(part)))];
}
