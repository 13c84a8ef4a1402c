import { expect, test } from 'vitest';
import { ignoredFields } from './ignored-fields.ts';

test('names every field that has no effect', () => {
  const spec = {
    hostAliases: [{ ip: '1.2.3.4', hostnames: ['db'] }],
    dnsConfig: {},
    initContainers: [{ name: 'init', stdin: true }],
    containers: [
      { name: 'main', tty: true, ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }] },
    ],
  };
  expect(ignoredFields(spec)).toEqual([
    'spec.hostAliases',
    'spec.initContainers[init].stdin',
    'spec.containers[main].tty',
    'spec.containers[main].ports[].hostPort',
  ]);
});

test('has nothing to say about an ordinary pod, nor about host ports in the host network', () => {
  const containers = [{ name: 'main', ports: [{ containerPort: 80, hostPort: 80 }] }];
  expect(ignoredFields({ hostNetwork: true, containers })).toEqual([]);
  expect(ignoredFields({ dnsPolicy: 'ClusterFirst', containers: [{ name: 'main' }] })).toEqual([]);
});
