import type { Pod } from '@weir/api/workloads';
import { delay } from '@weir/kube';
import type { Orphan, Recovered, RunningContainer } from '../runtime/index.ts';

/** What a new life of the kubelet finds of the one before, for the pods to take over. */
export interface Survivors {
  /** Containers that ran and have been ended. */
  readonly orphans: readonly Orphan[];
  /** The containers of the pod that go on running, by name. Each can be claimed once. */
  claim(pod: Pod): ReadonlyMap<string, RunningContainer>;
  /** Ends what no pod has claimed. */
  endRest(graceMs: number): Promise<void>;
}

export function createSurvivors({ survivors, orphans }: Recovered): Survivors {
  const unclaimed = new Set(survivors);
  return {
    orphans,
    claim({ metadata, status }) {
      const isOver = status?.phase === 'Failed' || status?.phase === 'Succeeded';
      const claimed = [...unclaimed].filter(({ podUid }) => !isOver && podUid === metadata.uid);
      for (const survivor of claimed) unclaimed.delete(survivor);
      return new Map(claimed.map(({ container, running }) => [container, running]));
    },
    async endRest(graceMs) {
      const limit = new AbortController();
      const rest = [...unclaimed].map(({ running }) => running);
      unclaimed.clear();
      for (const running of rest) running.signal('SIGTERM');
      const exits = Promise.all(rest.map(({ exited }) => exited));
      await Promise.race([exits, delay(graceMs, limit.signal)]);
      limit.abort();
      for (const running of rest) running.kill();
      await exits;
    },
  };
}
