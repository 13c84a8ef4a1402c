import type { Pod } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { choosePodsToDelete } from './deletion-order.ts';

interface PodTraits {
  readonly node?: string;
  readonly phase?: string;
  readonly readySince?: string;
  readonly cost?: string;
  readonly restarts?: number;
  readonly created?: string;
}

function podOf(name: string, traits: PodTraits = {}): Pod {
  const { node = 'n', phase = 'Running', readySince, cost, restarts = 0, created } = traits;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      creationTimestamp: created ?? '2026-01-01T00:00:00Z',
      ...(cost === undefined ? {} : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: { containers: [], ...(node === '' ? {} : { nodeName: node }) },
    status: {
      phase,
      conditions:
        readySince === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: readySince }],
      containerStatuses: [{ name: 'a', image: '', imageID: '', ready: true, restartCount: restarts }],
    },
  };
}

const ready = '2026-01-02T00:00:00Z';

test.each<[string, Pod, Pod]>([
  ['without a node', podOf('a', { node: '' }), podOf('b')],
  ['pending', podOf('a', { phase: 'Pending' }), podOf('b')],
  ['not ready', podOf('a'), podOf('b', { readySince: ready })],
  ['cheap', podOf('a', { cost: '-5', readySince: ready }), podOf('b', { readySince: ready })],
  [
    'ready for a shorter time',
    podOf('a', { readySince: '2026-01-03T00:00:00Z' }),
    podOf('b', { readySince: ready }),
  ],
  [
    'restarted more often',
    podOf('a', { readySince: ready, restarts: 2 }),
    podOf('b', { readySince: ready, restarts: 1 }),
  ],
  ['newer', podOf('a', { created: '2026-01-01T00:00:09Z' }), podOf('b')],
])('of two pods the one that is %s goes first', (_, first, second) => {
  expect(choosePodsToDelete([second, first], 1)).toEqual([first]);
});

test('readiness counts more than cost, and a cost that is no number counts as zero', () => {
  const cheap = podOf('cheap', { cost: '-100', readySince: ready });
  const broken = podOf('broken', { cost: 'many' });
  expect(choosePodsToDelete([cheap, broken], 2)).toEqual([broken, cheap]);
});

test('a negative number of pods is none', () => {
  expect(choosePodsToDelete([podOf('a')], -1)).toEqual([]);
});
