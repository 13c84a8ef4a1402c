import { eventually } from '@weir/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchGateways } from './gateway-watch.ts';
import type { ProbeAddress } from './target.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const address = (url: string, host: string, isShared = true): ProbeAddress => ({
  url,
  via: 'gateway',
  connect: { host, port: 80 },
  isShared,
});

/** Watches gateways of which the hosts in `silent` do not answer. */
function watch(addresses: readonly ProbeAddress[], silent: ReadonlySet<string>) {
  const asked: string[] = [];
  const heard: string[] = [];
  const ended = watchGateways(
    {
      everyMs: 2,
      timeoutMs: 100,
      addresses: () => addresses,
      onSilent: ({ connect }, message) => heard.push(`${connect.host}: ${message}`),
      send: async ({ method, url, connect }) => {
        asked.push(`${method} ${url} ${connect.host}`);
        if (silent.has(connect.host)) throw new Error('nothing within 2 s');
        return { status: 404, body: '' };
      },
    },
    stop.signal,
  );
  return { asked, heard, ended };
}

test('looks after every gateway once, however many services it has, and not after Services', async () => {
  const { asked, heard } = watch(
    [
      address('http://a.test/demo/x', '10.0.0.1'),
      address('http://b.test/demo/y', '10.0.0.1'),
      address('http://c.test/', '10.0.0.2'),
      address('http://svc.test:8000', '10.0.0.3', false),
    ],
    new Set(),
  );
  await eventually('two rounds', () => asked.length >= 4, { everyMs: 1 });
  expect(new Set(asked)).toEqual(new Set(['GET http://b.test/ 10.0.0.1', 'GET http://c.test/ 10.0.0.2']));
  expect(heard).toEqual([]);
});

test('tells of one that did not answer twice, and goes on looking', async () => {
  const silent = new Set(['10.0.0.1']);
  const both = [address('http://a.test/', '10.0.0.1'), address('http://b.test/', '10.0.0.2')];
  const { asked, heard, ended } = watch(both, silent);
  await eventually('a report', () => heard.length >= 1, { everyMs: 1 });
  expect(heard[0]).toBe('10.0.0.1: the gateway at 10.0.0.1:80 does not answer: nothing within 2 s');
  expect(asked.slice(0, 3).sort()).toEqual([
    'GET http://a.test/ 10.0.0.1',
    'GET http://a.test/ 10.0.0.1',
    'GET http://b.test/ 10.0.0.2',
  ]);
  silent.clear();
  const reports = heard.length;
  const rounds = asked.length;
  await eventually('more rounds', () => asked.length > rounds + 6, { everyMs: 1 });
  expect(heard.length - reports).toBeLessThanOrEqual(1);
  stop.abort();
  await ended;
});
