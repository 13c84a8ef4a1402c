import type { HTTPRoute } from '@weir/api/gateway';
import type { LLMInferenceService } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { holdingMembers, peersToTell, statusWhileHeld, waitingMembers } from './group-members.ts';
import { groupKeys, type Sources } from './sources.ts';

const now = new Date('2026-01-01T00:00:30Z');

function member(name: string, changes: Partial<LLMInferenceService> = {}): LLMInferenceService {
  return {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name, namespace: 'demo' },
    spec: { router: { route: { group: 'chat', weight: 1 } } },
    ...changes,
  };
}

function route(name: string, ...backends: string[]): HTTPRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'demo', labels: { 'serving.kserve.io/routing-group': 'chat' } },
    spec: { rules: [{ backendRefs: backends.map((backend) => ({ name: backend })) }] },
  };
}

/** The two look-ups that are made. */
function sourcesOf(services: readonly LLMInferenceService[], routes: readonly HTTPRoute[] = []) {
  return {
    services: { byIndex: (_: string, key: string) => services.filter((one) => groupKeys(one).includes(key)) },
    httpRoutes: {
      get: ({ name }: { name: string }) => routes.find(({ metadata }) => metadata.name === name),
    },
  } as unknown as Sources;
}

const deleted = (deletionTimestamp: string) =>
  member('a', { metadata: { name: 'a', namespace: 'demo', deletionTimestamp } });

test('a change that peers do not see wakes nobody; one that they see wakes all others, of the old group too', () => {
  const [a, b, c] = [
    member('a'),
    member('b'),
    member('c', { spec: { router: { route: { group: 'old' } } } }),
  ];
  const sources = sourcesOf([a, b, c]);
  const change = (object: LLMInferenceService, previous: LLMInferenceService | undefined) =>
    peersToTell(sources, { type: 'updated', object, previous }).map(({ name }) => name);
  expect(change({ ...a, status: { stage: 'Serving' } }, a)).toEqual([]);
  expect(change(deleted('2026-01-01T00:00:00Z'), a)).toEqual(['b']);
  expect(change(a, member('a', { spec: { router: { route: { group: 'old' } } } })).sort()).toEqual([
    'b',
    'c',
  ]);
  expect(change(member('a', { spec: {} }), member('a', { spec: {} }))).toEqual([]);
  expect(peersToTell(sources, { type: 'deleted', object: a, previous: a }).map(({ name }) => name)).toEqual([
    'b',
  ]);
});

test('a deleted member waits for routes that lead to it, for a minute at most', () => {
  const leaving = deleted('2026-01-01T00:00:00Z');
  const held = sourcesOf(
    [leaving, member('b')],
    [route('b-kserve-route', 'b-inference-pool', 'a-inference-pool')],
  );
  expect(holdingMembers(held, leaving, 59_999)).toEqual(['demo/b']);
  expect(holdingMembers(held, leaving, 60_000)).toEqual([]);
  const free = sourcesOf([leaving, member('b')], [route('b-kserve-route', 'b-inference-pool')]);
  expect(holdingMembers(free, leaving, 0)).toEqual([]);
  expect(waitingMembers(held, route('b-kserve-route'))).toEqual([{ namespace: 'demo', name: 'a' }]);
});

test('the status of a held member says for whom it waits, since when', () => {
  const first = statusWhileHeld(deleted('2026-01-01T00:00:00Z'), ['demo/b'], now);
  expect(first.conditions).toEqual([
    {
      type: 'GroupReady',
      status: 'False',
      reason: 'FinalizationPending',
      message: 'waiting until the routes of demo/b lead elsewhere',
      severity: 'Info',
      lastTransitionTime: '2026-01-01T00:00:30Z',
      observedGeneration: 0,
    },
  ]);
  const later = new Date('2026-01-01T00:00:40Z');
  expect(statusWhileHeld({ ...deleted('x'), status: first }, ['demo/b'], later)).toEqual(first);
});
