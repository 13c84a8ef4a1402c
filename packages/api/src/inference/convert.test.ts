import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromPoolSpecV1alpha2, toPoolSpecV1alpha2 } from './convert.ts';
import type { InferencePoolSpec } from './types.ts';

test('a pool with one port survives the way to v1alpha2 and back', () => {
  const spec = fc.record(
    {
      selector: fc.record({
        matchLabels: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
      }),
      targetPorts: fc.tuple(fc.record({ number: fc.integer({ min: 1, max: 65535 }) })),
      endpointPickerRef: fc.record(
        {
          kind: fc.constant('Service'),
          name: fc.string(),
          port: fc.record({ number: fc.integer({ min: 1, max: 65535 }) }),
          failureMode: fc.constantFrom('FailOpen' as const, 'FailClose' as const),
        },
        { requiredKeys: ['kind', 'name', 'port', 'failureMode'] },
      ),
    },
    { requiredKeys: ['selector', 'targetPorts'] },
  );
  fc.assert(
    fc.property(spec, (value: InferencePoolSpec) => {
      expect(fromPoolSpecV1alpha2(toPoolSpecV1alpha2(value))).toEqual(value);
    }),
  );
});

test('only the first of several ports reaches v1alpha2', () => {
  expect(
    toPoolSpecV1alpha2({
      selector: { matchLabels: { app: 'm' } },
      targetPorts: [{ number: 1 }, { number: 2 }],
    }),
  ).toEqual({ selector: { app: 'm' }, targetPortNumber: 1 });
});
