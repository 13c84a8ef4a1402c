import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { resources } from '@weir/api/meta';
import { describe, expect, test } from 'vitest';
import type { ObservedChild } from '../desired/index.ts';
import type { StatusInput } from './compute.ts';
import {
  available,
  child,
  deployment,
  healthy,
  isGood,
  parentRef,
  pool,
  status,
  summary,
} from './fixtures.ts';

describe('what is wrong is passed on to Ready', () => {
  test.each<[string, ObservedChild[], Partial<StatusInput>, string]>([
    ['nothing reported yet', [], {}, 'False Progressing'],
    [
      'an older revision is available',
      [
        child(resources.deployments, 'hello-kserve', {
          metadata: { name: 'hello-kserve', generation: 2 },
          status: { observedGeneration: 1, conditions: available },
        }),
        ...healthy.slice(1),
      ],
      {},
      'Unknown Progressing',
    ],
    [
      'too few pods',
      [
        deployment('hello-kserve', 0, [
          { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' },
        ]),
        ...healthy.slice(1),
      ],
      {},
      'False MinimumReplicasUnavailable',
    ],
    [
      'a stuck rollout, in any order',
      [
        deployment('hello-kserve', 0, [
          { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' },
          { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
        ]),
        ...healthy.slice(1),
      ],
      {},
      'False ProgressDeadlineExceeded',
    ],
    [
      'no replicas wanted',
      [deployment('hello-kserve', 0, available, 0), ...healthy.slice(1)],
      {},
      'False ScaledToZero',
    ],
    [
      'a pool nobody looked at',
      [...healthy.slice(0, 3), child(inferencePoolV1, 'hello-inference-pool', {})],
      {},
      'False WaitingForGateway',
    ],
    [
      'a refused pool',
      [
        ...healthy.slice(0, 3),
        child(inferencePoolV1, 'hello-inference-pool', {
          status: {
            parents: [
              {
                parentRef,
                conditions: [{ type: 'Accepted', status: 'False', reason: 'NotSupportedByParent' }],
              },
            ],
          },
        }),
      ],
      {},
      'False InferencePoolNotReady',
    ],
    [
      'a route nobody looked at',
      [
        ...healthy.slice(0, 2),
        child(gatewayResources.httpRoutes, 'hello-kserve-route', { spec: { parentRefs: [parentRef] } }),
        pool,
      ],
      {},
      'False HTTPRoutesNotReady',
    ],
    [
      'a failed write',
      healthy,
      {
        problems: [
          { type: 'InferencePoolReady', status: 'False', reason: 'InferencePoolFetchError', message: 'x' },
        ],
      },
      'False InferencePoolFetchError',
    ],
  ])('%s', (_what, children, more, ready) => {
    expect(summary(status(children, more)).Ready).toBe(ready);
  });
});

test('a route that lags behind its generation is not ready', () => {
  const stale = child(gatewayResources.httpRoutes, 'hello-kserve-route', {
    metadata: { name: 'hello-kserve-route', namespace: 'demo', generation: 3 },
    spec: { parentRefs: [parentRef] },
    status: {
      parents: [
        { parentRef, conditions: [{ ...isGood('Accepted'), observedGeneration: 2 }, isGood('ResolvedRefs')] },
      ],
    },
  });
  expect(summary(status([...healthy.slice(0, 2), stale, pool])).HTTPRoutesReady).toBe(
    'False HTTPRoutesNotReady',
  );
});
