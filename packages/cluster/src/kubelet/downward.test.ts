import type { Pod } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { readField, readResource } from './downward.ts';

const container = { name: 'main', resources: { limits: { cpu: '1500m' }, requests: { memory: '1Gi' } } };
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    namespace: 'n',
    uid: 'u',
    labels: { b: '2', a: 'x"y' },
    annotations: { 'k.io/x': 'v' },
  },
  spec: { nodeName: 'weir', serviceAccountName: 'sa', containers: [container] },
};
const facts = { pod, podIP: '127.78.0.1', hostIP: '127.0.0.1', allocatable: { cpu: '8', memory: '4096Ki' } };

test.each([
  ['metadata.name', 'p'],
  ['metadata.namespace', 'n'],
  ['metadata.uid', 'u'],
  ["metadata.labels['a']", 'x"y'],
  ["metadata.annotations['k.io/x']", 'v'],
  ["metadata.labels['absent']", ''],
  ['metadata.labels', 'a="x\\"y"\nb="2"'],
  ['spec.nodeName', 'weir'],
  ['spec.serviceAccountName', 'sa'],
  ['status.podIP', '127.78.0.1'],
  ['status.hostIP', '127.0.0.1'],
  ['spec.containers', undefined],
])('fieldRef %s is %s', (fieldPath, value) => {
  expect(readField({ fieldPath }, facts)).toBe(value);
});

test.each([
  [{ resource: 'limits.cpu' }, '2'],
  [{ resource: 'limits.cpu', divisor: '1m' }, '1500'],
  [{ resource: 'limits.memory', divisor: '1Ki' }, '4096'],
  [{ resource: 'requests.memory', divisor: '1Mi' }, '1024'],
  [{ resource: 'requests.cpu' }, '0'],
  [{ resource: 'cpu' }, undefined],
  [{ resource: 'limits.cpu', containerName: 'other' }, undefined],
])('resourceFieldRef %o is %s', (selector, value) => {
  expect(readResource(selector, container, facts)).toBe(value);
});
