import { expect, test } from 'vitest';
import { groupVerdicts } from './group-conditions.ts';

const spec = { model: { uri: 'hf://a/b', name: 'm' }, router: { route: { group: 'chat', weight: 9 } } };
const nothing = { workloads: { primary: { readyReplicas: 0 } } };
const routable = {
  conditions: [{ type: 'RouterReady', status: 'True' }],
  workloads: { primary: { readyReplicas: 1 } },
};

/** Reason and message of a condition of the member `a`, whose peers serve these models. */
function said(type: 'GroupReady' | 'GroupDegraded', models: readonly string[], status: object = routable) {
  const groupPeers = models.map((name, index) => ({
    metadata: { name: 'bcd'.charAt(index), namespace: 'demo' },
    spec: { model: { name }, router: spec.router },
    status,
  }));
  const service = { metadata: { name: 'a', namespace: 'demo' }, spec };
  const verdict = groupVerdicts({ service, spec, observed: { groupPeers } } as never)[type];
  return verdict && [verdict.status, verdict.reason, verdict.message];
}

test('members that serve the same share the requests', () => {
  expect(said('GroupReady', ['m', 'm'])).toEqual(['True', 'MembersResolved', undefined]);
  expect(said('GroupReady', [])).toEqual(['True', 'MembersResolved', undefined]);
  expect(said('GroupDegraded', ['m'])).toBeUndefined();
});

test.each([
  [['m', 'x'], 'ModelNameMismatch', 'most members serve m, not all', 'c'],
  [['x', 'x'], 'ModelNameMismatch', 'most members serve x, not all', 'b, c'],
  [['x'], 'ModelNameAmbiguous', 'no model is served by most members', 'b'],
  [['x', 'y'], 'ModelNameAmbiguous', 'no model is served by most members', 'b, c'],
])(
  'beside one of m, members of %j make the group one of several models',
  (models, reason, message, others) => {
    expect(said('GroupReady', models)).toEqual(['True', reason, message]);
    expect(said('GroupDegraded', models)).toEqual([
      'True',
      'MemberDivergence',
      `${others} of group chat serve other models and get no requests of it`,
    ]);
  },
);

test('a member whose peers cannot take requests yet gets all of them', () => {
  expect(said('GroupReady', ['m', 'x'], nothing)).toEqual([
    'True',
    'BackendResolutionFailed',
    'b, c cannot take requests yet, so that this member gets all of them',
  ]);
});
