import type { Pod } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { inputFor } from '../desired/fixtures.ts';
import { workloadsOf } from '../desired/index.ts';
import { formerPods } from './former-pods.ts';

const { service, spec } = inputFor({ prefill: {} });
const workloads = workloadsOf(service, spec);
const decode = 'llminferenceservice-workload';

function pod(name: string, hash: string, second: number, component = decode): Pod {
  const labels = { 'app.kubernetes.io/component': component, 'pod-template-hash': hash };
  const creationTimestamp = `2026-01-01T00:00:0${second}Z`;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels, creationTimestamp } };
}

test('pods of an earlier template than the newest are former ones, for each workload by itself', () => {
  expect(formerPods([pod('a', 'x', 1), pod('b', 'x', 2)], workloads)).toEqual([]);
  const prefill = pod('p', 'z', 0, `${decode}-prefill`);
  expect(formerPods([pod('a', 'x', 1), prefill, pod('b', 'y', 2), pod('c', 'x', 1)], workloads)).toEqual([
    'a',
    'c',
  ]);
});

test('a template that is taken back makes the pods between former ones', () => {
  expect(formerPods([pod('b', 'y', 2), pod('c', 'x', 3)], workloads)).toEqual(['b']);
});

test('of pods that began in the same second none is called a former one', () => {
  expect(formerPods([pod('a', 'x', 1), pod('b', 'y', 1)], workloads)).toEqual([]);
  expect(formerPods([], workloads)).toEqual([]);
});
