import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type HomeLayout, homeLayout } from './home.ts';
import { claimInstance, type Instance, readInstance, releaseInstance } from './instance.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'weir-instance-'));
const claimed: { home: HomeLayout; instance: Instance }[] = [];
let homes = 0;

afterEach(() => {
  for (const { home, instance } of claimed.splice(0)) releaseInstance(home, instance);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newHome(): HomeLayout {
  return homeLayout(path.join(folder, String(homes++)));
}

function claim(home: HomeLayout): Instance {
  const instance = claimInstance(home, 7000, new Date(0));
  claimed.push({ home, instance });
  return instance;
}

function release(home: HomeLayout, instance: Instance): void {
  releaseInstance(home, instance);
  claimed.splice(
    claimed.findIndex((one) => one.instance === instance),
    1,
  );
}

test('two homes have different slots, and a home gets its slot back', () => {
  const [first, second] = [newHome(), newHome()];
  const one = claim(first);
  const two = claim(second);
  expect(two.slot).not.toBe(one.slot);
  release(first, one);
  release(second, two);
  expect(claim(second).slot).toBe(two.slot);
});

test('a home in use is refused with the pid of its instance', () => {
  const home = newHome();
  const instance = claim(home);
  expect(readInstance(home)).toEqual(instance);
  expect(() => claim(home)).toThrow(`${home.root} is in use by the weir with pid ${process.pid}`);
});

test.each(['', '{"pid":', '{"pid":1,"startTime":4e15}', '[]', 'null'])(
  'an instance file left over from a killed one, such as %j, counts as none',
  (text) => {
    const home = newHome();
    const instance = claim(home);
    release(home, instance);
    writeFileSync(home.instance, text);
    writeFileSync(home.slot, 'x');
    expect(readInstance(home)).toBeNull();
    expect(claim(home).portBase).toBe(7000);
  },
);
