import type { HTTPRoute } from '@weir/api/gateway';
import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1, inferencePoolV1alpha2 } from '@weir/api/inference';
import type { ResourceKind } from '@weir/api/meta';
import { expect, test } from 'vitest';
import { inputFor } from './fixtures.ts';
import { poolGroup } from './pool-group.ts';

const { group: newer } = inferencePoolV1;
const { group: older } = inferencePoolV1alpha2;
const scheduler = { router: { route: {}, scheduler: {} } };

interface Live {
  readonly group: string;
  readonly resolved?: readonly [status: 'True' | 'False', reason: string, message?: string];
  readonly annotations?: Record<string, string>;
}

function groupFor(live: Live | null, missingKinds: readonly ResourceKind[] = []) {
  const children = live === null ? [] : [{ kind: gatewayResources.httpRoutes, object: routeOf(live) }];
  return poolGroup(inputFor(scheduler, { observed: { children, missingKinds } }));
}

function routeOf({ group, resolved, annotations = {} }: Live): HTTPRoute {
  const [status, reason, message] = resolved ?? [];
  const condition = {
    type: 'ResolvedRefs',
    status: status ?? 'True',
    reason: reason ?? '',
    message: message ?? '',
  };
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'hello-kserve-route', namespace: 'demo', annotations },
    spec: { rules: [{ backendRefs: [{ group, kind: 'InferencePool', name: 'hello-inference-pool' }] }] },
    status: {
      parents:
        resolved === undefined
          ? []
          : [{ parentRef: { name: 'gw' }, controllerName: 'c', conditions: [condition] }],
    },
  };
}

test('a fresh route names the newest generation that is served', () => {
  expect(groupFor(null)).toEqual({ group: newer, isSettled: false });
  expect(groupFor(null, [inferencePoolV1])).toEqual({ group: older, isSettled: false });
  expect(groupFor(null, [inferencePoolV1, inferencePoolV1alpha2])).toEqual({
    group: newer,
    isSettled: false,
  });
});

test('a gateway that resolves the newer one settles the matter', () => {
  expect(groupFor({ group: newer, resolved: ['True', 'ResolvedRefs'] })).toEqual({
    group: newer,
    isSettled: true,
  });
  const missing = groupFor({ group: newer, resolved: ['False', 'BackendNotFound'] });
  expect(missing).toEqual({ group: newer, isSettled: true });
});

test('a gateway that does not know the newer one gets the older one, where that is served', () => {
  const refused = { group: newer, resolved: ['False', 'InvalidKind', 'unknown kind'] } as const;
  expect(groupFor(refused)).toEqual({ group: older, isSettled: false });
  expect(groupFor(refused, [inferencePoolV1alpha2])).toEqual({ group: newer, isSettled: false });
});

test('a gateway that refuses the older one gets the newer one for good', () => {
  const refused = { group: older, resolved: ['False', 'InvalidKind', `Group is invalid: ${older}`] } as const;
  expect(groupFor(refused)).toEqual({ group: newer, isSettled: true });
  // The report is about the route as it was before.
  expect(groupFor({ ...refused, group: newer })).toEqual({ group: newer, isSettled: true });
});

test('what works on the older one is left in peace; what is settled stays so', () => {
  expect(groupFor({ group: older, resolved: ['True', 'ResolvedRefs'] })).toEqual({
    group: older,
    isSettled: false,
  });
  const annotations = { 'serving.kserve.io/inference-pool-migrated': 'v1' };
  expect(groupFor({ group: older, annotations })).toEqual({ group: newer, isSettled: true });
});
