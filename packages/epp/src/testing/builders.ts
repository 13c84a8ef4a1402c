import { emptyEngineMetrics } from '@weir/engines';
import { RequestData } from '../framework/data-key.ts';
import type { Endpoint, EndpointMetrics } from '../framework/endpoint.ts';
import type { InferenceRequest } from '../framework/request.ts';

/** An endpoint in the slot of its number. */
export function buildEndpoint(
  slot: number,
  metrics: Partial<EndpointMetrics> = {},
  labels: Readonly<Record<string, string>> = {},
): Endpoint {
  const address = `10.0.${slot >> 8}.${slot & 255}`;
  return {
    id: `demo/pod-${slot}-rank-0`,
    slot,
    metadata: {
      namespace: 'demo',
      podName: `pod-${slot}`,
      address,
      port: 8000,
      hostPort: `${address}:8000`,
      rank: 0,
      labels,
    },
    metrics: { ...emptyEngineMetrics(), updatedAtMs: 0, ...metrics },
  };
}

export function buildRequest(request: Partial<InferenceRequest> = {}): InferenceRequest {
  return {
    id: 'r',
    path: '/v1/chat/completions',
    headers: {},
    model: 'm',
    targetModel: 'm',
    isStreaming: false,
    body: { type: 'chat', messages: [{ role: 'user', content: 'hi' }], tools: undefined, cacheSalt: '' },
    data: new RequestData(),
    ...request,
  };
}
