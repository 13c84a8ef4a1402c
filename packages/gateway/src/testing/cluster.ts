import { createServer } from 'node:net';
import type { HTTPRoute } from '@weir/api/gateway';
import { gatewayResources } from '@weir/api/gateway';
import { inferencePoolV1 } from '@weir/api/inference';
import { resources } from '@weir/api/meta';
import { silentLogger } from '@weir/core/log';
import { Client } from '@weir/kube';
import { type Gateway, type GatewayOptions, startGateway } from '../gateway.ts';
import { FakeApi } from './fake-api.ts';

export interface TestCluster {
  readonly api: FakeApi;
  readonly gateway: Gateway;
  /** Where the default Gateway listens. */
  readonly port: number;
  stop(): Promise<void>;
}

/** A gateway over a fake API that has one Gateway with one listener on a random loopback port. */
export async function startTestCluster(
  prepare: (api: FakeApi) => void = () => {},
  options: Partial<GatewayOptions> = {},
): Promise<TestCluster> {
  const api = new FakeApi();
  const port = await freePort();
  api.put(gatewayResources.gatewayClasses, {
    metadata: { name: 'weir' },
    spec: { controllerName: 'weir.dev/gateway' },
  });
  api.put(gatewayResources.gateways, {
    metadata: { name: 'kserve-ingress-gateway', namespace: 'kserve' },
    spec: {
      gatewayClassName: 'weir',
      listeners: [{ name: 'http', port, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'All' } } }],
    },
  });
  prepare(api);
  const stop = new AbortController();
  const client = new Client({ fetch: api.fetch, fieldManager: 'weir-gateway' });
  const gateway = await startGateway({
    client,
    log: silentLogger,
    signal: stop.signal,
    portBase: 7000,
    drainMs: 100,
    ...options,
  });
  return {
    api,
    gateway,
    port,
    async stop() {
      stop.abort();
      await gateway.stopped();
    },
  };
}

/** Below the ports that systems give to outgoing connections. */
async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const isFree = await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}

/** A Service `demo/<name>`, port 8000, whose ready endpoints listen at `ports` of 127.0.0.1. */
export function putService(api: FakeApi, name: string, ports: readonly number[]): void {
  api.put(resources.services, {
    metadata: { name, namespace: 'demo' },
    spec: { ports: [{ name: 'http', port: 8000, targetPort: 'http' }], selector: { app: name } },
  });
  ports.forEach((port, i) => {
    api.put(resources.endpointSlices, {
      metadata: { name: `${name}-${i}`, namespace: 'demo', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports: [{ name: 'http', port }],
      endpoints: [
        {
          addresses: ['127.0.0.1'],
          conditions: { ready: true },
          targetRef: { kind: 'Pod', name: `${name}-pod-${i}`, namespace: 'demo' },
        },
      ],
    });
  });
}

/** An HTTPRoute `demo/<name>` on the default Gateway. */
export function putRoute(
  api: FakeApi,
  name: string,
  rules: NonNullable<HTTPRoute['spec']['rules']>,
  more: { readonly hostnames?: string[]; readonly annotations?: Record<string, string> } = {},
): void {
  api.put(gatewayResources.httpRoutes, {
    metadata: {
      name,
      namespace: 'demo',
      ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    },
    spec: {
      parentRefs: [{ name: 'kserve-ingress-gateway', namespace: 'kserve' }],
      ...(more.hostnames === undefined ? {} : { hostnames: more.hostnames }),
      rules,
    },
  });
}

/** An InferencePool `demo/<name>` whose members are ready pods at `ports` of 127.0.0.1, through targetPorts. */
export function putPool(
  api: FakeApi,
  name: string,
  ports: readonly number[],
  failureMode: 'FailOpen' | 'FailClose' = 'FailClose',
): void {
  api.put(inferencePoolV1, {
    metadata: { name, namespace: 'demo' },
    spec: {
      selector: { matchLabels: { app: name } },
      targetPorts: ports.map((number) => ({ number })),
      endpointPickerRef: { name: `${name}-epp`, port: { number: 9002 }, failureMode },
    },
  });
  api.put(resources.pods, {
    metadata: { name: `${name}-pod`, namespace: 'demo', labels: { app: name } },
    spec: { containers: [{ name: 'main' }] },
    status: { podIP: '127.0.0.1', phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
}
