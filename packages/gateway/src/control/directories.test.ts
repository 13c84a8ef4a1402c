import type { EndpointSlice, Service } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { assignAddresses, boundPort, defaultListenAddresses } from './listen-addresses.ts';
import { readyEndpoints } from './service-directory.ts';

const primary = { namespace: 'kserve', name: 'gw' };
const named = (name: string, current?: string) => ({ key: { namespace: 'x', name }, current });

test('the default Gateway has the primary address, others keep theirs or get the first that is free', () => {
  expect([
    ...assignAddresses(
      [
        named('new'),
        { key: primary, current: undefined },
        named('old', '127.77.0.1'),
        named('twin', '127.77.0.1'),
        named('foreign', '10.0.0.1'),
      ],
      defaultListenAddresses,
      primary,
    ),
  ]).toEqual([
    ['x/old', '127.77.0.1'],
    ['x/new', '127.77.0.2'],
    ['x/twin', '127.77.0.3'],
    ['x/foreign', '127.77.0.4'],
    ['kserve/gw', '127.0.0.1'],
  ]);
});

test('only privileged ports move above the base', () => {
  expect([80, 443, 1023, 1024, 8080].map((port) => boundPort(port, 7000))).toEqual([
    7080, 7443, 8023, 1024, 8080,
  ]);
});

test('endpoints are the ready ones, at the target of the named port, once each', () => {
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {},
    spec: {
      ports: [
        { name: 'http', port: 80 },
        { name: 'metrics', port: 9090 },
      ],
    },
  };
  const slice = (endpoints: EndpointSlice['endpoints']): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {},
    addressType: 'IPv4',
    ports: [
      { name: 'metrics', port: 9091 },
      { name: 'http', port: 8000 },
    ],
    endpoints,
  });
  const slices = [
    slice([
      { addresses: ['10.0.0.2'], conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'b' } },
      { addresses: ['10.0.0.3'], conditions: { ready: false } },
      { addresses: ['10.0.0.4'], conditions: { ready: true, terminating: true } },
    ]),
    slice([{ addresses: ['10.0.0.2'] }, { addresses: ['fd00::1'] }]),
  ];
  expect(readyEndpoints(service, slices, 80).map(({ address }) => address)).toEqual([
    '10.0.0.2:8000',
    '[fd00::1]:8000',
  ]);
  expect(readyEndpoints(service, slices, 9090)[0]?.address).toBe('10.0.0.2:9091');
  expect(readyEndpoints(service, slices, 81)).toEqual([]);
  expect(readyEndpoints(undefined, slices, 80)).toEqual([]);
});
