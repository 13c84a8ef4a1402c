import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ValuePool } from './value-pool.ts';

const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { name, containers: [{ probe: { path: '/health', port: 8000 }, script: 'a script of some length' }] },
});

test('objects that differ in names share the rest', () => {
  const pool = new ValuePool();
  const [a, b] = [pool.share(deployment('a')), pool.share(deployment('b'))];
  expect([a, b]).toEqual([deployment('a'), deployment('b')]);
  expect(a.spec).not.toBe(b.spec);
  expect(a.spec.containers).toBe(b.spec.containers);
});

test('what is shared has its value still, however much passes through', () => {
  const pool = new ValuePool();
  fc.assert(
    fc.property(fc.jsonValue(), (spec) => {
      const text = JSON.stringify(spec);
      const shared = pool.share({
        apiVersion: 'v1',
        kind: 'X',
        metadata: {},
        spec: JSON.parse(text) as unknown,
      });
      expect(JSON.stringify(shared.spec)).toBe(text);
    }),
  );
});
