import fc from 'fast-check';
import { type SsaScenario, type SsaStep, typed } from './ssa-scenarios.ts';

/** Random operation sequences on the test kind; the seed is fixed, so a failure can be repeated. */
export function randomScenarios(count: number, seed: number): SsaScenario[] {
  return fc.sample(sequence, { numRuns: count, seed }).map((steps, i) => {
    const name = `random-${i}`;
    return {
      name,
      kind: { group: 'weir.test', version: 'v1', kind: 'Widget' },
      path: '/apis/weir.test/v1/namespaces/default/widgets',
      hasStatus: true,
      steps: typed('weir.test/v1', 'Widget', name, [first, ...steps]),
    };
  });
}

const first: SsaStep = { note: 'create', verb: 'apply', manager: 'one', body: { spec: { size: 0 } } };

const text = fc.constantFrom('a', 'b', 'c');
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 1 });

const items = fc.uniqueArray(
  fc
    .record({
      name: text,
      zone: optional(fc.constantFrom('a', 'b')),
      weight: optional(fc.nat(2)),
      tags: optional(fc.dictionary(text, text, { maxKeys: 2 })),
    })
    .map(withoutUndefined),
  { maxLength: 4, selector: (item) => `${item.name}/${item.zone ?? 'a'}` },
);

const spec = fc
  .record({
    size: optional(fc.nat(2)),
    port: optional(fc.oneof(fc.nat(2), text)),
    items: optional(items),
    names: optional(fc.uniqueArray(text, { maxLength: 3 })),
    args: optional(fc.array(text, { maxLength: 3 })),
    unit: optional(fc.record({ a: optional(text), b: optional(text) }).map(withoutUndefined)),
    open: optional(
      fc.dictionary(text, fc.oneof(text, fc.dictionary(text, text, { maxKeys: 2 })), { maxKeys: 2 }),
    ),
    labels: optional(fc.dictionary(text, text, { maxKeys: 3 })),
  })
  .map(withoutUndefined);

const step: fc.Arbitrary<SsaStep> = fc
  .record({
    verb: fc.constantFrom('apply' as const, 'apply' as const, 'apply' as const, 'merge' as const),
    manager: fc.constantFrom('one', 'two', 'three'),
    force: fc.boolean(),
    spec,
  })
  .map(({ verb, manager, force, spec: body }) => ({
    note: `${verb}${force ? ' with force' : ''} by ${manager}: ${JSON.stringify(body)}`,
    verb,
    manager,
    force,
    body: { spec: body },
  }));

const sequence = fc.array(step, { minLength: 5, maxLength: 8 });

function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
