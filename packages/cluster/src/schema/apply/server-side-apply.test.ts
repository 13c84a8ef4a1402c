import type { KubeObject } from '@weir/api/meta';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtinSchema } from '../builtin.ts';
import type { StructuralSchema } from '../structural.ts';
import { applyConflictStatus } from './conflict-status.ts';
import { isUnchanged } from './is-unchanged.ts';
import { serverSideApply } from './server-side-apply.ts';
import { trackUpdate } from './track-update.ts';

const configMap = (await builtinSchema({ group: '', version: 'v1', kind: 'ConfigMap' })) as StructuralSchema;
const pod = (await builtinSchema({ group: '', version: 'v1', kind: 'Pod' })) as StructuralSchema;

type Data = Readonly<Record<string, string>>;

function config(data: Data): KubeObject & { data: Data } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'd' }, data };
}

function apply(
  live: KubeObject | null,
  data: Data,
  manager: string,
  { force = false, now = '2030-01-01T00:00:00Z' } = {},
): ReturnType<typeof serverSideApply> {
  return serverSideApply(live, config(data), { schema: configMap, manager, force, now });
}

test('a created object is owned by its applier', () => {
  const { object, conflicts } = apply(null, { a: '1' }, 'one');
  expect(conflicts).toEqual([]);
  expect(object).toEqual({
    ...config({ a: '1' }),
    metadata: {
      name: 'a',
      namespace: 'd',
      managedFields: [
        {
          manager: 'one',
          operation: 'Apply',
          apiVersion: 'v1',
          time: '2030-01-01T00:00:00Z',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:data': { 'f:a': {} } },
        },
      ],
    },
  });
});

test('applying the same again changes nothing, not even times', () => {
  const first = apply(null, { a: '1' }, 'one').object;
  const second = apply(first, { a: '1' }, 'one', { now: '2031-01-01T00:00:00Z' }).object;
  expect(second).toEqual(first);
  expect(isUnchanged(first, second)).toBe(true);
});

test('a conflict names manager and field in the words of kubectl', () => {
  const live = apply(null, { a: '1', b: '2' }, 'one').object;
  const updated = trackUpdate(live, { ...live, data: { a: '1', b: '3' } } as KubeObject, {
    schema: configMap,
    manager: 'editor',
    now: '2030-01-02T00:00:00Z',
  });
  const { conflicts } = apply(updated, { a: '9', b: '9' }, 'two');
  expect(applyConflictStatus(conflicts)).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'Conflict',
    code: 409,
    message:
      'Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- .data.b\nconflicts with "one":\n- .data.a',
    details: {
      causes: [
        { reason: 'FieldManagerConflict', message: 'conflict with "editor" using v1', field: '.data.b' },
        { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
      ],
    },
  });
});

test('a shared field survives until its last owner leaves', () => {
  const both = apply(apply(null, { a: '1' }, 'one').object, { a: '1' }, 'two').object;
  const left = apply(both, {}, 'one').object;
  expect(left).toMatchObject({ data: { a: '1' } });
  expect(JSON.stringify(apply(left, {}, 'two').object)).not.toContain('"a":"1"');
});

test('list items without a way to tell them apart are refused by name', () => {
  const applied = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: ['x'] },
  } as unknown as KubeObject;
  const options = { schema: pod, manager: 'one', now: '2030-01-01T00:00:00Z' };
  expect(() => serverSideApply(null, applied, options)).toThrow('failed to create typed patch object');
});

test('at most ten updaters are remembered one by one', () => {
  let live = trackUpdate(null, config({ k: '0' }), options('m0'));
  for (let i = 1; i <= 15; i++) {
    live = trackUpdate(
      live,
      { ...live, data: { ...(live as { data?: Data }).data, [`k${i}`]: '1' } } as KubeObject,
      options(`m${i}`),
    );
  }
  const managers = (live.metadata.managedFields ?? []).map((entry) => entry.manager);
  expect(managers).toHaveLength(10);
  expect(managers).toContain('ancient-changes');
});

function options(manager: string): Parameters<typeof trackUpdate>[2] {
  return { schema: configMap, manager, now: '2030-01-01T00:00:00Z' };
}

const data = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.constantFrom('1', '2'));
const steps = fc.array(fc.record({ manager: fc.constantFrom('one', 'two', 'three'), data }), {
  maxLength: 6,
});

test('after forced applies every manager sees the last value of what it owns, and nobody else owns more', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      let live: KubeObject | null = null;
      for (const step of sequence) {
        const before = JSON.stringify(live);
        const next = apply(live, step.data, step.manager, { force: true });
        expect(JSON.stringify(live)).toBe(before);
        const now = ((next.object as { data?: Data }).data ?? {}) as Data;
        for (const key of Object.keys(step.data))
          expect(Object.entries(now)).toContainEqual([key, step.data[key]]);
        const again = apply(next.object, step.data, step.manager).object;
        expect(apply(again, step.data, step.manager).object).toEqual(again);
        live = next.object;
      }
      const owned = (live?.metadata.managedFields ?? []).flatMap((entry) =>
        Object.keys((entry.fieldsV1?.['f:data'] ?? {}) as object).filter((key) => key.startsWith('f:')),
      );
      const there = Object.keys((live as { data?: Data } | null)?.data ?? {}).map((key) => `f:${key}`);
      expect([...new Set(owned)].sort()).toEqual(there.sort());
    }),
  );
});
