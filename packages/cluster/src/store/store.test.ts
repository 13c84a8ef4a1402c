import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeObject } from '@weir/api/meta';
import { type LogFields, type Logger, silentLogger } from '@weir/core/log';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoreEvent } from './event-log.ts';
import { type JournalHandle, openHandle } from './journal-file.ts';
import { Store, type StoreOptions } from './store.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-store-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<StoreOptions> = {}): Promise<Store> {
  return Store.open({ folder, log: silentLogger, ...options });
}

function object(name: string, value: string): KubeObject & { data: { value: string } } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } };
}

async function set(store: Store, name: string, value: string): Promise<KubeObject> {
  const written = store.stage({
    resource: '/configmaps',
    key: name,
    object: object(name, value),
    expected: store.peek('/configmaps', name),
  });
  return written ?? Promise.reject(new Error('conflict'));
}

async function remove(store: Store, name: string): Promise<void> {
  await store.stage({
    resource: '/configmaps',
    key: name,
    object: null,
    expected: store.peek('/configmaps', name),
  });
}

function contents(store: Store): Record<string, string> {
  const objects = store.list('/configmaps') as ReturnType<typeof object>[];
  return Object.fromEntries(objects.map(({ metadata, data }) => [metadata.name ?? '', data.value]));
}

test('what was written is there after a restart, with its revisions', async () => {
  const store = await open();
  await Promise.all([set(store, 'a', '1'), set(store, 'b', '1'), set(store, 'c', '1')]);
  await set(store, 'a', '2');
  await remove(store, 'b');
  const { revision } = store;
  await store.close();
  const again = await open();
  expect(contents(again)).toEqual({ a: '2', c: '1' });
  expect(again.revision).toBe(revision);
  expect(Number((await set(again, 'd', '1')).metadata.resourceVersion)).toBe(revision + 1);
  await again.close();
});

test('a write is visible to readers and watches only after it is durable, and to writers at once', async () => {
  const store = await open();
  const seen: string[] = [];
  store.subscribe('/configmaps', store.revision, (event) => seen.push(event.type));
  const first = set(store, 'a', '1');
  expect(store.get('/configmaps', 'a')).toBeUndefined();
  expect(store.peek('/configmaps', 'a')).toMatchObject({ data: { value: '1' } });
  const second = set(store, 'a', '2');
  expect(seen).toEqual([]);
  await Promise.all([first, second]);
  expect(seen).toEqual(['ADDED', 'MODIFIED']);
  await store.close();
});

test('a write staged in the very moment in which another is done is stored too', async () => {
  const store = await open({ folder: null });
  let chained: Promise<KubeObject> | null = null;
  await set(store, 'a', '1').then(() => {
    chained = set(store, 'b', '1');
  });
  await chained;
  for (const name of ['c', 'd', 'e']) await set(store, name, '1');
  expect(Object.keys(contents(store))).toEqual(['a', 'b', 'c', 'd', 'e']);
  await store.close();
});

test('a write that expects another state is not queued', async () => {
  const store = await open();
  await set(store, 'a', '1');
  const write = { resource: '/configmaps', key: 'a', object: object('a', '2') };
  expect(store.stage({ ...write, expected: undefined })).toBeNull();
  expect(contents(store)).toEqual({ a: '1' });
  await store.close();
});

test('a journal cut at any byte opens with a prefix of the writes and says what it cut', async () => {
  const store = await open();
  for (let i = 1; i <= 4; i++) await set(store, `n${i}`, `${i}`);
  await store.close();
  const file = join(folder, 'journal-00000001');
  const whole = readFileSync(file);
  for (let size = whole.length; size >= 0; size -= 7) {
    writeFileSync(file, whole);
    truncateSync(file, size);
    const warnings: LogFields[] = [];
    const log: Logger = { ...silentLogger, warn: (_, fields = {}) => warnings.push(fields) };
    const again = await open({ log });
    const complete = whole.subarray(0, size).toString().split('\n').length - 1;
    expect(Object.keys(contents(again))).toEqual(['n1', 'n2', 'n3', 'n4'].slice(0, complete));
    const lastWhole = whole.lastIndexOf('\n', size - 1) + 1;
    expect(warnings.length).toBe(size > 0 && lastWhole !== size ? 1 : 0);
    await set(again, 'after', 'x');
    await again.close();
    const third = await open();
    expect(contents(third)).toHaveProperty('after', 'x');
    await third.close();
  }
});

test('a last record with a wrong checksum is cut', async () => {
  const store = await open();
  await set(store, 'a', '1');
  await set(store, 'b', '1');
  await store.close();
  const file = join(folder, 'journal-00000001');
  const data = readFileSync(file);
  data[data.length - 5] = 0x7e;
  writeFileSync(file, data);
  const again = await open();
  expect(contents(again)).toEqual({ a: '1' });
  await again.close();
});

test('damage before the last record refuses to start, with file and offset, and changes nothing', async () => {
  const store = await open();
  await set(store, 'a', '1');
  await set(store, 'b', '1');
  await store.close();
  const file = join(folder, 'journal-00000001');
  const data = readFileSync(file);
  data[20] = data[20] === 0x7e ? 0x7d : 0x7e;
  writeFileSync(file, data);
  await expect(open()).rejects.toThrow(`${file} is damaged at byte 0 and has valid records after it`);
  expect(readFileSync(file)).toEqual(data);
});

test('a full disk refuses the write, shows it to nobody, and the next one works when there is room', async () => {
  let room = Number.POSITIVE_INFINITY;
  const openFull = async (file: string): Promise<JournalHandle> => {
    const handle = await openHandle(file);
    const write = async (
      data: Buffer,
      offset: number,
      length: number,
      position: number,
    ): Promise<unknown> => {
      if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      const part = Math.min(length, room);
      room -= part;
      return handle.write(data, offset, part, position);
    };
    return {
      write: write as JournalHandle['write'],
      datasync: () => handle.datasync(),
      truncate: (size) => handle.truncate(size),
      close: () => handle.close(),
    };
  };
  const store = await open({ openHandle: openFull });
  await set(store, 'a', '1');
  const events: StoreEvent[] = [];
  store.subscribe('/configmaps', store.revision, (event) => events.push(event));
  room = 50;
  const writes = await Promise.allSettled([set(store, 'a', '2'), set(store, 'b', '1')]);
  expect(writes.map((write) => write.status)).toEqual(['rejected', 'rejected']);
  expect((writes[0] as PromiseRejectedResult).reason).toMatchObject({ status: 507, code: 'STORE_DISK_FULL' });
  expect(contents(store)).toEqual({ a: '1' });
  expect(store.peek('/configmaps', 'a')).toMatchObject({ data: { value: '1' } });
  expect(events).toEqual([]);
  room = Number.POSITIVE_INFINITY;
  await set(store, 'a', '3');
  await store.close();
  const again = await open();
  expect(contents(again)).toEqual({ a: '3' });
  await again.close();
});

test('bytes of a failed write that could not be cut at once are cut before the next, and no file is left with them', async () => {
  let isBroken = false;
  const fail = (): Promise<never> => Promise.reject(Object.assign(new Error('i/o error'), { code: 'EIO' }));
  const openBroken = async (file: string): Promise<JournalHandle> => {
    const handle = await openHandle(file);
    return {
      write: handle.write.bind(handle) as JournalHandle['write'],
      datasync: () => (isBroken ? fail() : handle.datasync()),
      truncate: (size) => (isBroken ? fail() : handle.truncate(size)),
      close: () => handle.close(),
    };
  };
  const store = await open({ openHandle: openBroken, compactBytes: 300 });
  await set(store, 'a', '1');
  isBroken = true;
  for (const value of ['2', '3', '4'])
    await expect(set(store, 'a', value)).rejects.toMatchObject({ status: 500 });
  isBroken = false;
  await set(store, 'b', '1');
  for (let i = 0; i < 10; i++) await set(store, 'c', String(i));
  await store.close();
  const again = await open();
  expect(contents(again)).toEqual({ a: '1', b: '1', c: '9' });
  await again.close();
});

test('a long journal is replaced by a snapshot, and old files go', async () => {
  const store = await open({ compactBytes: 2000 });
  for (let i = 0; i < 100; i++) await set(store, `n${i % 5}`, String(i));
  await store.close();
  const names = readdirSync(folder).sort();
  expect(names.filter((name) => name.startsWith('journal-')).length).toBe(1);
  expect(names.filter((name) => name.startsWith('snapshot-')).length).toBe(1);
  const again = await open({ compactBytes: 2000 });
  expect(contents(again)).toEqual({ n0: '95', n1: '96', n2: '97', n3: '98', n4: '99' });
  await again.close();
});

test('a snapshot that was not finished is ignored: the journals before it are still there', async () => {
  const store = await open();
  await set(store, 'a', '1');
  await store.close();
  writeFileSync(join(folder, 'snapshot-00000002.tmp'), 'half');
  writeFileSync(join(folder, 'journal-00000002'), '');
  const again = await open();
  expect(contents(again)).toEqual({ a: '1' });
  await set(again, 'b', '1');
  await again.close();
  const third = await open();
  expect(contents(third)).toEqual({ a: '1', b: '1' });
  await third.close();
});

test('a damaged snapshot refuses to start', async () => {
  const store = await open({ compactBytes: 500 });
  for (let i = 0; i < 20; i++) await set(store, 'a', String(i));
  await store.close();
  const name = readdirSync(folder).find((one) => one.startsWith('snapshot-')) ?? '';
  truncateSync(join(folder, name), 60);
  await expect(open()).rejects.toThrow(`${join(folder, name)} is damaged at byte`);
});

test('a second store on the same folder is refused with the pid of the first', async () => {
  const store = await open();
  await expect(open()).rejects.toThrow(`the data folder ${folder} is in use by process ${process.pid}`);
  await store.close();
  await (await open()).close();
});

test('the lock of a process that is gone is taken over', async () => {
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, startTime: 1 }));
  await (await open()).close();
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, startTime: 1 }));
  await (await open()).close();
  writeFileSync(join(folder, 'lock'), '');
  await (await open()).close();
});

test('a journal that cannot be read is named', async () => {
  const store = await open();
  await store.close();
  rmSync(join(folder, 'journal-00000001'));
  symlinkSync(folder, join(folder, 'journal-00000001'));
  await expect(open()).rejects.toThrow('journal-00000001 could not be read: EISDIR');
});

test('a subscription replays what it missed and refuses what is not known any more', async () => {
  const store = await open({ eventCapacity: 8 });
  await set(store, 'a', '0');
  const { revision } = store;
  for (let i = 1; i <= 4; i++) await set(store, 'a', String(i));
  const seen: number[] = [];
  store.subscribe('/configmaps', revision, (event) => seen.push(event.revision - revision));
  expect(seen).toEqual([1, 2, 3, 4]);
  for (let i = 0; i < 20; i++) await set(store, 'a', String(i));
  expect(store.subscribe('/configmaps', revision, () => {})).toBeNull();
  await store.close();
});
