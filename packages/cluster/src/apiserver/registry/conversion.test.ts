import type { KubeObject } from '@weir/api/meta';
import { expect, test } from 'vitest';
import { rememberedConversion } from './conversion.ts';

function object(name: string): KubeObject {
  return { apiVersion: 'g/v1', kind: 'K', metadata: { name } };
}

/** Counts what is asked of it. */
function counting(): {
  readonly sizes: number[];
  readonly convert: Parameters<typeof rememberedConversion>[0];
} {
  const sizes: number[] = [];
  const convert = async (objects: readonly KubeObject[], toVersion: string): Promise<KubeObject[]> => {
    sizes.push(objects.length);
    await Promise.resolve();
    if (objects.some(({ metadata }) => metadata.name === 'bad')) throw new Error('bad');
    return objects.map((one) => ({ ...one, apiVersion: `g/${toVersion}` }));
  };
  return { sizes, convert };
}

test('readers at the same time share one call, and versions do not mix', async () => {
  const { sizes, convert } = counting();
  const { read } = rememberedConversion(convert);
  const objects = [object('a'), object('b')];
  const [first, second, other] = await Promise.all([
    read(objects, 'v2'),
    read([...objects].reverse(), 'v2'),
    read(objects, 'v3'),
  ]);
  expect(first.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  expect(second.map(({ metadata }) => metadata.name)).toEqual(['b', 'a']);
  expect(other[0]?.apiVersion).toBe('g/v3');
  expect(sizes).toEqual([2, 2]);
});

test('a failure is heard by all who wait, and the next reader tries again', async () => {
  const { sizes, convert } = counting();
  const { read } = rememberedConversion(convert);
  const bad = object('bad');
  const waiting = [read([bad], 'v2'), read([bad], 'v2')];
  expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(read([bad], 'v2')).rejects.toThrow('bad');
  expect(sizes).toEqual([1, 1]);
});

test('what is kept is bounded: the oldest are converted anew', async () => {
  const { sizes, convert } = counting();
  const { read } = rememberedConversion(convert);
  const objects = Array.from({ length: 2500 }, (_, index) => object(`o${index}`));
  expect(await read(objects, 'v2')).toHaveLength(2500);
  await read(objects.slice(-2000), 'v2');
  await read(objects.slice(0, 1), 'v2');
  expect(sizes).toEqual([2500, 1]);
});

test('nobody has to read what was announced', async () => {
  const { sizes, convert } = counting();
  const { announce, read } = rememberedConversion(convert);
  announce?.([object('bad')], 'v2');
  const good = object('good');
  announce?.([good], 'v2');
  await read([good], 'v2');
  expect(sizes).toEqual([1, 1]);
});
