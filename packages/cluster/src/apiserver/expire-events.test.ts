import type { KubeObject } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import { Store } from '../store/store.ts';
import { removeOldEvents } from './expire-events.ts';

function event(name: string, times: object): KubeObject {
  const metadata = { name, namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' };
  return { apiVersion: 'v1', kind: 'Event', metadata, ...times } as KubeObject;
}

test('events go an hour after they were last seen', async () => {
  const store = await Store.open({ folder: null, log: silentLogger });
  const events = [
    event('old', { lastTimestamp: '2026-01-01T00:30:00Z' }),
    event('seen-again', { lastTimestamp: '2026-01-01T01:30:00Z' }),
    event('series', {
      eventTime: '2026-01-01T00:00:00Z',
      series: { lastObservedTime: '2026-01-01T01:10:00.5Z' },
    }),
    event('without-times', {}),
  ];
  await Promise.all(
    events.map((object) =>
      store.stage({
        resource: '/events',
        key: `default/${object.metadata.name}`,
        object,
        expected: undefined,
      }),
    ),
  );
  removeOldEvents({ store, log: silentLogger, now: () => new Date('2026-01-01T02:00:00Z') });
  await store.close();
  expect(store.list('/events').map((one) => one.metadata.name)).toEqual(['seen-again', 'series']);
});
