import { toError } from '@weir/core/errors';
import type { Logger } from '@weir/core/log';
import { delay, type Fetch } from '@weir/kube';

/** Whether the API server answers, told once per outage instead of once per request. */
interface Reachability {
  /** The way to the server that is watched. */
  readonly fetch: Fetch;
  readonly isReachable: () => boolean;
  /** Asks until there is an answer, whatever it says, or the signal fires. */
  untilReachable(signal: AbortSignal): Promise<void>;
}

const retryMs = 1000;

export function watchReachability(fetch: Fetch, log: Logger): Reachability {
  let state: 'unknown' | 'reachable' | 'away' = 'unknown';
  const watched: Fetch = async (path, init) => {
    try {
      const response = await fetch(path, init);
      if (state === 'away') log.info('the API server answers again');
      state = 'reachable';
      return response;
    } catch (error) {
      if (init?.signal?.aborted !== true && state !== 'away') {
        const { cause = error } = toError(error);
        log.warn('the API server does not answer, trying again', { error: toError(cause).message });
        state = 'away';
      }
      throw error;
    }
  };
  return {
    fetch: watched,
    isReachable: () => state === 'reachable',
    async untilReachable(signal) {
      while (!signal.aborted) {
        try {
          const response = await watched('/version', { signal });
          await response.body?.cancel();
          return;
        } catch {
          await delay(retryMs, signal);
        }
      }
    },
  };
}
