import type { EndpointSlice, Service } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { computeRules } from './endpoints.ts';

function serviceOf(clusterIP: string, ports: NonNullable<Service['spec']>['ports']): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'n' },
    spec: { clusterIP, ports: ports ?? [] },
  };
}

function sliceOf(
  port: { name?: string; port?: number },
  ...endpoints: EndpointSlice['endpoints']
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {},
    addressType: 'IPv4',
    endpoints,
    ports: [port],
  };
}

const isOurs = (address: string): boolean => address.startsWith('127.79.');
const http = { name: 'http', port: 80, targetPort: 8000 };

test('forwards each TCP port to the ready endpoints of the slices that have it', () => {
  const service = serviceOf('127.79.0.1', [http, { name: 'dns', port: 53, protocol: 'UDP' }]);
  const slices = [
    sliceOf(
      { name: 'http', port: 8000 },
      { addresses: ['127.78.0.2'] },
      { addresses: ['127.78.0.3'], conditions: { ready: false } },
    ),
    sliceOf({ name: 'http', port: 8001 }, { addresses: ['127.78.0.1'], conditions: { ready: true } }),
    sliceOf({ name: 'other', port: 9000 }, { addresses: ['127.78.0.9'] }),
  ];
  expect(computeRules(service, slices, isOurs)).toEqual([
    {
      key: '127.79.0.1:80',
      address: '127.79.0.1',
      port: 80,
      backends: [
        { address: '127.78.0.1', port: 8001 },
        { address: '127.78.0.2', port: 8000 },
      ],
    },
  ]);
});

test('falls back to endpoints that serve while they end', () => {
  const ending = {
    addresses: ['127.78.0.4'],
    conditions: { ready: false, serving: true, terminating: true },
  };
  const [rule] = computeRules(
    serviceOf('127.79.0.1', [http]),
    [sliceOf({ name: 'http', port: 1 }, ending)],
    isOurs,
  );
  expect(rule?.backends).toEqual([{ address: '127.78.0.4', port: 1 }]);
});

test.each(['None', '', '10.0.0.7'])(
  'does nothing for a Service with the cluster address "%s"',
  (clusterIP) => {
    expect(computeRules(serviceOf(clusterIP, [http]), [], isOurs)).toEqual([]);
  },
);
