import type { CoreEvent } from '@weir/api/workloads';
import { toError } from '@weir/core/errors';
import type { ServerContext } from './context.ts';
import { storeKey } from './registry/served-kind.ts';

const lifeMs = 60 * 60 * 1000;
const intervalMs = 60_000;

type Parts = Pick<ServerContext, 'store' | 'log' | 'now'>;

/** Removes events an hour after they were last seen, as kube-apiserver does. Returns the function that ends it. */
export function expireEvents(context: Parts): () => void {
  const timer = setInterval(() => removeOldEvents(context), intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

export function removeOldEvents({ store, log, now }: Parts): void {
  const oldest = now().getTime() - lifeMs;
  for (const object of store.list('/events')) {
    if (lastSeenMs(object as CoreEvent) >= oldest) continue;
    const { namespace = '', name = '' } = object.metadata;
    const key = storeKey(namespace, name);
    store
      .stage({ resource: '/events', key, object: null, expected: object })
      ?.catch((error: unknown) => log.warn('old event not removed', { event: key, error: toError(error) }));
  }
}

function lastSeenMs(event: CoreEvent): number {
  const { series, lastTimestamp, eventTime, firstTimestamp, metadata } = event;
  const times = [
    series?.lastObservedTime,
    lastTimestamp,
    eventTime,
    firstTimestamp,
    metadata.creationTimestamp,
  ];
  return Math.max(...times.map((time) => Date.parse(time ?? '')).filter(Number.isFinite), 0);
}
