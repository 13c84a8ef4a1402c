import { isDeepStrictEqual } from 'node:util';
import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import fc from 'fast-check';
import { test } from 'vitest';
import { mergeSpecs } from './merge.ts';

/** Small alphabets, so that layers meet each other often. */
const name = fc.constantFrom('main', 'sidecar', 'a', 'b');
const text = fc.constantFrom('x', 'y', '__proto__', 'constructor');
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const map = fc.dictionary(text, fc.oneof(text, fc.constant('')), { maxKeys: 3 });
const byName = <T extends { name: string }>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(item, { maxLength: 3, selector: (one) => one.name });
const env = byName(fc.record({ name, value: text }));
const container = fc.record(
  { name, image: text, args: fc.array(text, { minLength: 1, maxLength: 2 }), env },
  { requiredKeys: ['name'] },
);
const pod = fc.record({ containers: byName(container), nodeSelector: map }, { requiredKeys: [] });
const layer = fc
  .record({
    replicas: optional(fc.integer({ min: 0, max: 3 })),
    labels: optional(map),
    template: optional(pod),
    worker: optional(pod),
    prefill: optional(fc.record({ template: pod, labels: map }, { requiredKeys: [] })),
    model: optional(fc.record({ uri: text, name: text }, { requiredKeys: [] })),
  })
  .map((spec) => JSON.parse(JSON.stringify(spec)) as LLMInferenceServiceSpec);

const run = { numRuns: 2500, seed: 20261125 };
const namesIn = (spec: LLMInferenceServiceSpec): string[] =>
  (spec.template?.containers ?? []).map((one) => one.name);

test('a layer over nothing, and nothing over a layer, is the layer', () => {
  fc.assert(
    fc.property(layer, (spec) => {
      const alone = mergeSpecs({}, spec);
      return (
        isDeepStrictEqual(mergeSpecs(alone, {}), alone) && isDeepStrictEqual(mergeSpecs({}, alone), alone)
      );
    }),
    run,
  );
});

test('putting the same layer on twice changes nothing', () => {
  fc.assert(
    fc.property(layer, layer, (base, over) => {
      const once = mergeSpecs(base, over);
      return isDeepStrictEqual(mergeSpecs(once, over), once);
    }),
    run,
  );
});

test('the upper layer wins, and nothing of the lower one is lost beside it', () => {
  fc.assert(
    fc.property(layer, layer, (base, over) => {
      const merged = mergeSpecs(base, over);
      const labels = new Map([...Object.entries(base.labels ?? {}), ...Object.entries(over.labels ?? {})]);
      const containers = (over.template?.containers ?? []).every((one) => {
        const both = merged.template?.containers?.find((other) => other.name === one.name);
        return (
          (one.image === undefined || both?.image === one.image) &&
          (one.args === undefined || isDeepStrictEqual(both?.args, one.args))
        );
      });
      return (
        containers &&
        merged.replicas === (over.replicas ?? base.replicas) &&
        (merged.model?.uri ?? '') === (over.model?.uri || base.model?.uri || '') &&
        isDeepStrictEqual(new Map(Object.entries(merged.labels ?? {})), labels) &&
        isDeepStrictEqual(new Set(namesIn(merged)), new Set([...namesIn(base), ...namesIn(over)]))
      );
    }),
    run,
  );
});

test('neither layer is changed, and no key reaches a prototype', () => {
  fc.assert(
    fc.property(layer, layer, (base, over) => {
      const before = JSON.stringify([base, over]);
      mergeSpecs(base, over);
      return JSON.stringify([base, over]) === before && Object.keys(Object.prototype).length === 0;
    }),
    run,
  );
});

test('any JSON merges with any JSON without a crash', () => {
  const anything = fc.dictionary(
    fc.constantFrom(
      'template',
      'worker',
      'prefill',
      'router',
      'containers',
      'scheduler',
      'config',
      'volumes',
      '$patch',
      '__proto__',
    ),
    fc.jsonValue({ maxDepth: 4 }),
  );
  fc.assert(
    fc.property(anything, anything, (base, over) => {
      mergeSpecs(base as LLMInferenceServiceSpec, over as LLMInferenceServiceSpec);
    }),
    run,
  );
});
