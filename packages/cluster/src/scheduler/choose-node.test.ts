import type { Container, Node, Pod, PodSpec } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { chooseNode, type NodeLoad } from './choose-node.ts';
import { computeRequests, toAmounts } from './requests.ts';

const container = (requests: Record<string, string>, more: Partial<Container> = {}): Container => ({
  name: 'c',
  resources: { requests },
  ...more,
});

const pod = (spec: Partial<PodSpec>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns' },
  spec: { containers: [], ...spec },
});

function load(
  name: string,
  traits: { node?: Node['spec']; used?: Record<string, string>; ready?: string } = {},
): NodeLoad {
  const node: Node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { zone: name } },
    ...(traits.node === undefined ? {} : { spec: traits.node }),
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '2' },
      conditions: [{ type: 'Ready', status: traits.ready ?? 'True' }],
    },
  };
  return { node, requested: toAmounts(traits.used), podCount: traits.used === undefined ? 0 : 1 };
}

const messageOf = (spec: Partial<PodSpec>, loads: readonly NodeLoad[]): string => {
  const choice = chooseNode(pod(spec), loads);
  return choice.type === 'none' ? choice.message : `bound to ${choice.name}`;
};

test('init containers count by their peak, sidecars all the time', () => {
  const requests = computeRequests(
    pod({
      initContainers: [
        container({ cpu: '1' }, { restartPolicy: 'Always' }),
        container({ cpu: '3', memory: '1Gi' }),
      ],
      containers: [container({ cpu: '500m' }), container({ cpu: '100m' })],
    }),
  );
  expect(Object.fromEntries(requests)).toEqual({ cpu: 4000, memory: 2 ** 30 * 1000 });
});

test('the emptiest node that fits wins, then the first by name', () => {
  const spec = { containers: [container({ cpu: '1' })] };
  expect(messageOf(spec, [load('a', { used: { cpu: '2' } }), load('b')])).toBe('bound to b');
  expect(messageOf(spec, [load('b'), load('a')])).toBe('bound to a');
});

test('every reason is counted over the nodes', () => {
  const spec = { containers: [container({ cpu: '3', 'nvidia.com/gpu': '1' })] };
  const loads = [
    load('a'),
    load('b', { used: { cpu: '2' } }),
    load('c', { ready: 'Unknown' }),
    load('d', { node: { unschedulable: true } }),
    load('e', { node: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } }),
  ];
  expect(messageOf(spec, loads)).toBe(
    '0/5 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}, ' +
      '1 node(s) were not ready, 1 node(s) were unschedulable, 2 Insufficient nvidia.com/gpu.',
  );
});

test('labels, affinity and tolerations are honoured', () => {
  const tainted = load('b', { node: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } });
  const loads = [load('a'), tainted];
  expect(messageOf({ nodeSelector: { zone: 'b' } }, loads)).toContain("1 node(s) didn't match");
  const tolerations = [{ key: 'gpu', operator: 'Exists' }];
  expect(messageOf({ nodeSelector: { zone: 'b' }, tolerations }, loads)).toBe('bound to b');
  const nodeSelectorTerms = [{ matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }];
  const affinity = {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
  };
  expect(messageOf({ affinity, tolerations }, loads)).toBe('bound to b');
});

test('a rule that is not built keeps the pod waiting and is named', () => {
  const term = { topologyKey: 'zone' };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  expect(messageOf({ affinity }, [load('a')])).toBe(
    'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution is not supported by this ' +
      'scheduler: remove it',
  );
});

test('without nodes the pod waits for one', () => {
  expect(messageOf({}, [])).toBe('no nodes available to schedule pods');
});
