import { expect, test } from 'vitest';
import { deploymentOf, runningPod, waitingPod } from './fixtures.ts';
import { shortageOf } from './shortage.ts';

const live = deploymentOf();

test('a pod of a new revision that finds no device while the old one runs is short of it', () => {
  expect(shortageOf(live, [runningPod('old'), waitingPod('new')])).toEqual({
    resources: ['nvidia.com/gpu'],
    message:
      'pod new-waiting waits for a node: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu. preemption: not helpful.',
    tooLarge: [],
  });
});

test('several resources may lack, on some of several nodes', () => {
  const why = "1 Insufficient cpu, 2 Insufficient nvidia.com/gpu, 1 node(s) didn't match Pod's node affinity";
  expect(shortageOf(live, [runningPod('old'), waitingPod('new', 1, why)])?.resources).toEqual([
    'cpu',
    'nvidia.com/gpu',
  ]);
});

test.each([
  ['no old pod runs', [waitingPod('new')]],
  ['the workload grows', [runningPod('same'), waitingPod('same')]],
  ['the pod may run nowhere', [runningPod('old'), waitingPod('new', 1, "1 node(s) didn't match")]],
  ['the old pod ends already', [ending(runningPod('old')), waitingPod('new')]],
  ['the new pod ends already', [runningPod('old'), ending(waitingPod('new'))]],
  ['the old pod has ended', [{ ...runningPod('old'), status: { phase: 'Failed' } }, waitingPod('new')]],
  ['they are pods of another workload', [foreign(runningPod('old')), waitingPod('new')]],
])('nothing is short where %s', (_, pods) => {
  expect(shortageOf(live, pods)).toBeNull();
});

test('what a new pod asks for beyond what an old one would free is told', () => {
  expect(shortageOf(live, [runningPod('old', 1), waitingPod('new', 2)])?.tooLarge).toEqual([
    'nvidia.com/gpu',
  ]);
  expect(shortageOf(live, [runningPod('old', 2), waitingPod('new', 1)])?.tooLarge).toEqual([]);
});

test('a quota that refuses the pod is a shortage in a rollout, and none when the workload grows', () => {
  const text =
    'pods "hello-kserve-x" is forbidden: exceeded quota: team, requested: requests.nvidia.com/gpu=1';
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: text }];
  const rolling = deploymentOf({ status: { replicas: 1, updatedReplicas: 0, conditions } });
  expect(shortageOf(rolling, [runningPod('old')])).toEqual({
    resources: ['room in quota team'],
    message: text,
    tooLarge: [],
  });
  const larger = deploymentOf({ devices: 2, status: { replicas: 1, updatedReplicas: 0, conditions } });
  expect(shortageOf(larger, [runningPod('old')])?.tooLarge).toEqual(['nvidia.com/gpu']);
  const growing = deploymentOf({ replicas: 2, status: { replicas: 1, updatedReplicas: 1, conditions } });
  expect(shortageOf(growing, [runningPod('same')])).toBeNull();
});

function ending<T extends ReturnType<typeof runningPod>>(pod: T): T {
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
}

function foreign<T extends ReturnType<typeof runningPod>>(pod: T): T {
  return { ...pod, metadata: { ...pod.metadata, labels: { app: 'other', 'pod-template-hash': 'old' } } };
}
