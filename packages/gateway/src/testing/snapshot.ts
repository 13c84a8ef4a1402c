import type { Gateway, GatewayClass, HTTPRoute, Listener, ReferenceGrant } from '@weir/api/gateway';
import type { KubeObject } from '@weir/api/meta';
import type { Service } from '@weir/api/workloads';
import type { RoutingSnapshot } from '../routing/snapshot.ts';

const apiVersion = 'gateway.networking.k8s.io/v1';

const weirClass: GatewayClass = {
  apiVersion,
  kind: 'GatewayClass',
  metadata: { name: 'weir' },
  spec: { controllerName: 'weir.dev/gateway' },
};

export function gatewayOf(listeners: readonly Partial<Listener>[], name = 'gw'): Gateway {
  return {
    apiVersion,
    kind: 'Gateway',
    metadata: { name, namespace: 'infra', generation: 1 },
    spec: {
      gatewayClassName: 'weir',
      listeners: listeners.map((listener, i) => ({
        name: `l${i}`,
        port: 80,
        protocol: 'HTTP',
        allowedRoutes: { namespaces: { from: 'All' } },
        ...listener,
      })),
    },
  };
}

export function routeOf(
  name: string,
  spec: HTTPRoute['spec'],
  metadata: Partial<HTTPRoute['metadata']> = {},
): HTTPRoute {
  return {
    apiVersion,
    kind: 'HTTPRoute',
    metadata: {
      name,
      namespace: 'demo',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...metadata,
    },
    spec: { parentRefs: [{ name: 'gw', namespace: 'infra' }], ...spec },
  };
}

/** A snapshot in which the Services `demo/a`, `demo/b` and `other/far` exist, port 8000, and the pool `demo/pool`. */
export function snapshotOf(parts: {
  readonly gateways: readonly Gateway[];
  readonly routes: readonly HTTPRoute[];
  readonly grants?: readonly ReferenceGrant[];
  readonly namespaces?: readonly KubeObject[];
}): RoutingSnapshot {
  const services = ['demo/a', 'demo/b', 'other/far'];
  return {
    gatewayClasses: [weirClass],
    gateways: parts.gateways,
    routes: parts.routes,
    grants: parts.grants ?? [],
    findNamespace: (name) => parts.namespaces?.find(({ metadata }) => metadata.name === name),
    findService: ({ namespace, name }) =>
      services.includes(`${namespace}/${name}`)
        ? ({
            apiVersion: 'v1',
            kind: 'Service',
            metadata: {},
            spec: { ports: [{ port: 8000 }] },
          } satisfies Service)
        : undefined,
    findPool: ({ namespace, name }) =>
      `${namespace}/${name}` === 'demo/pool'
        ? {
            apiVersion: 'inference.networking.k8s.io/v1',
            kind: 'InferencePool',
            metadata: {},
            spec: { selector: { matchLabels: {} }, targetPorts: [{ number: 8000 }] },
          }
        : undefined,
  };
}
