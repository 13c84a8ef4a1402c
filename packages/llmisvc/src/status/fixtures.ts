import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { type Condition, type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Combined } from '../config/combine.ts';
import { parsePlatformConfig } from '../config/platform-config.ts';
import { nothingObserved } from '../desired/fixtures.ts';
import type { Observed, ObservedChild } from '../desired/index.ts';
import { computeStatus, type StatusInput } from './compute.ts';

const platform = parsePlatformConfig({ systemNamespace: 'kserve' }, undefined);
const spec: LLMInferenceServiceSpec = {
  model: { uri: 'hf://a/b', name: 'm' },
  replicas: 1,
  router: { route: { http: { spec: {} } }, scheduler: { pool: { spec: {} } } },
};
export const parentRef: { readonly name: string; readonly namespace: string } = {
  name: 'gw',
  namespace: 'kserve',
};
export const isGood = (type: string): Condition => ({ type, status: 'True' });

/** A spec that composed; the one above unless another is given. */
export function combined(value: LLMInferenceServiceSpec = spec): Combined {
  return {
    type: 'combined',
    spec: value,
    appliedConfigs: [{ name: 'p', namespace: 'kserve', source: 'Preset' }],
    layers: [],
    pins: { k: 'v' },
  };
}

export function child(kind: ResourceKind, name: string, more: object): ObservedChild {
  return {
    kind,
    object: {
      apiVersion: '',
      kind: kind.kind,
      metadata: { name, namespace: 'demo', generation: 1 },
      ...more,
    } as KubeObject,
  };
}

export function deployment(
  name: string,
  available: number,
  conditions: Condition[] = [],
  replicas = 1,
): ObservedChild {
  return child(resources.deployments, name, {
    spec: { replicas },
    status: { observedGeneration: 1, availableReplicas: available, conditions },
  });
}

export const available: Condition[] = [isGood('Available')];
const route = child(gatewayResources.httpRoutes, 'hello-kserve-route', {
  spec: {
    parentRefs: [parentRef],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/demo/hello' } }] }],
  },
  status: { parents: [{ parentRef, conditions: [isGood('Accepted'), isGood('ResolvedRefs')] }] },
});
export const pool: ObservedChild = child(inferencePoolV1, 'hello-inference-pool', {
  status: { parents: [{ parentRef, conditions: [isGood('Accepted')] }] },
});
/** Everything that the service consists of, in order. */
export const healthy: ObservedChild[] = [
  deployment('hello-kserve', 1, available),
  deployment('hello-kserve-router-scheduler', 1, available),
  route,
  pool,
];

/** The status of the service `demo/hello` of generation 4, whose gateway has an address. */
export function status(
  children: readonly ObservedChild[],
  more: Partial<StatusInput> = {},
  previous?: LLMInferenceService['status'],
): ReturnType<typeof computeStatus> {
  const observed: Observed = {
    ...nothingObserved,
    children,
    gateways: [
      {
        apiVersion: '',
        kind: 'Gateway',
        metadata: { name: 'gw', namespace: 'kserve' },
        spec: { gatewayClassName: 'weir', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
        status: { addresses: [{ value: '127.0.0.1' }] },
      },
    ],
  };
  const service: LLMInferenceService = {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata: { name: 'hello', namespace: 'demo', generation: 4 },
    spec,
    ...(previous === undefined ? {} : { status: previous }),
  };
  return computeStatus({
    service,
    platform,
    combined: combined(),
    isStopped: false,
    observed,
    problems: [],
    now: 'T1',
    ...more,
  });
}

/** Status and reason of each condition, by type. */
export function summary(result: ReturnType<typeof computeStatus>): Record<string, string> {
  return Object.fromEntries(
    (result.conditions ?? []).map(({ type, status: value, reason }) => [
      type,
      reason === undefined ? value : `${value} ${reason}`,
    ]),
  );
}
