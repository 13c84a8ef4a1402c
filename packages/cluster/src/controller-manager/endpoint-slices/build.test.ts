import type { Pod, Service } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { buildEndpointSlices } from './build.ts';

const service = (spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'ns', uid: 's', labels: { team: 'a' } },
  spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'api' }], ...spec },
});

const pod = (
  name: string,
  traits: { ip?: string; port?: number; ready?: boolean; going?: boolean } = {},
): Pod => {
  const { ip = '127.1.0.1', port = 8000, ready = true, going = false } = traits;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'ns', uid: name, ...(going ? { deletionTimestamp: 'now' } : {}) },
    spec: {
      nodeName: 'n',
      containers: [{ name: 'main', ports: [{ name: 'api', containerPort: port }] }],
    },
    status: {
      phase: 'Running',
      podIP: ip,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
};

test('a slice names the service as owner and says of every pod whether it is ready', () => {
  const [slice, ...others] = buildEndpointSlices(service(), [pod('b', { ready: false }), pod('a')]);
  expect(others).toEqual([]);
  expect(slice).toEqual({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: expect.stringMatching(/^web-[a-z0-9]{10}$/),
      namespace: 'ns',
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'web',
          uid: 's',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8000, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: ['127.1.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'n',
        targetRef: { kind: 'Pod', namespace: 'ns', name: 'a', uid: 'a' },
      },
      {
        addresses: ['127.1.0.1'],
        conditions: { ready: false, serving: false, terminating: false },
        nodeName: 'n',
        targetRef: { kind: 'Pod', namespace: 'ns', name: 'b', uid: 'b' },
      },
    ],
  });
});

test('a terminating pod still serves but is not ready', () => {
  const [slice] = buildEndpointSlices(service(), [pod('a', { going: true })]);
  expect(slice?.endpoints[0]?.conditions).toEqual({ ready: false, serving: true, terminating: true });
});

test('unready pods are published when the service asks for it', () => {
  const [slice] = buildEndpointSlices(service({ publishNotReadyAddresses: true }), [
    pod('a', { ready: false }),
  ]);
  expect(slice?.endpoints[0]?.conditions?.ready).toBe(true);
});

test('pods whose named port differs go into slices of their own', () => {
  const slices = buildEndpointSlices(service(), [pod('a'), pod('b', { port: 9000 })]);
  expect(slices.map(({ ports }) => ports?.[0]?.port)).toEqual([8000, 9000]);
  expect(new Set(slices.map(({ metadata }) => metadata.name)).size).toBe(2);
});

test('more than a hundred endpoints are split, and no endpoint at all is one empty slice', () => {
  const many = Array.from({ length: 150 }, (_, i) => pod(`p${i}`));
  expect(buildEndpointSlices(service(), many).map(({ endpoints }) => endpoints.length)).toEqual([100, 50]);
  const [empty] = buildEndpointSlices(service(), [pod('a', { ip: '' })]);
  expect([empty?.endpoints, empty?.ports]).toEqual([[], []]);
});
