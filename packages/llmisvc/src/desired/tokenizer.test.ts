import type { LLMInferenceServiceSpec } from '@weir/api/serving';
import type { Container, PodSpec, Secret, ServiceAccount } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { inputFor, podOf, problemsOf } from './fixtures.ts';

const picker = { containers: [{ name: 'main', image: 'picker' }] };
const sidecar = { containers: [...picker.containers, { name: 'tokenizer', image: 'tokenizer' }] };
const beside: LLMInferenceServiceSpec = {
  router: {
    scheduler: {
      template: sidecar,
      annotations: { 'app.kubernetes.io/version': '0.8.0' },
    },
  },
};
const standalone: LLMInferenceServiceSpec = {
  router: { scheduler: { template: picker, tokenizer: { template: picker } } },
};

function accounts(...names: string[]): ServiceAccount[] {
  return names.map((name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: 'demo', name },
    secrets: [{ name: `token-of-${name}` }],
  }));
}

function tokens(...names: string[]): Secret[] {
  return names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'demo', name: `token-of-${name}` },
    data: { HF_TOKEN: '' },
  }));
}

const observed = {
  serviceAccounts: accounts('default', 'engines', 'own'),
  secrets: tokens('default', 'engines', 'own'),
};

function initializerOf({ initContainers = [] }: PodSpec): Container | undefined {
  return initContainers.find(({ name }) => name === 'storage-initializer');
}

test('a tokenizer beside an old picker gets what it reads of the model', () => {
  const pod = podOf(inputFor(beside), 'hello-kserve-router-scheduler');
  expect(initializerOf(pod)?.args).toEqual(['hf://a/b', '/mnt/models']);
  expect(initializerOf(pod)?.env).toContainEqual({
    name: 'STORAGE_ALLOW_PATTERNS',
    value: '["*.json","*.jinja","*.model","*.tiktoken","*.txt"]',
  });
  expect(pod.containers.map(({ name, volumeMounts }) => [name, volumeMounts])).toEqual([
    ['main', undefined],
    ['tokenizer', [{ name: 'kserve-provision-location', mountPath: '/mnt/models/base', readOnly: true }]],
  ]);
});

test('a picker without a tokenizer beside it reads no model', () => {
  expect(podOf(inputFor(standalone), 'hello-kserve-router-scheduler')).not.toHaveProperty('initContainers');
});

test('a model that cannot be attached beside the picker is named by its condition', () => {
  const mount = { name: 'mine', mountPath: '/mnt/models/base' };
  const template = { containers: [...picker.containers, { name: 'tokenizer', volumeMounts: [mount] }] };
  const { scheduler } = beside.router ?? {};
  expect(problemsOf(inputFor({ router: { scheduler: { ...scheduler, template } } }))).toEqual([
    'SchedulerWorkloadReady SchedulerReconcileError: model URI "hf://a/b": container "tokenizer" has volume "mine" ' +
      'mounted at /mnt/models/base already — remove that mount',
  ]);
});

test.each([
  [
    'of the engines, which the generated account takes over before it exists',
    'engines',
    undefined,
    'engines',
  ],
  ['of the namespace’s default account', undefined, undefined, 'default'],
  ['of the account that the user gave the picker', 'engines', 'own', 'own'],
])('a tokenizer downloads with the credentials %s', (_whose, engines, own, expected) => {
  const named = (name: string | undefined) => (name === undefined ? {} : { serviceAccountName: name });
  const spec: LLMInferenceServiceSpec = {
    template: { containers: [{ name: 'main' }], ...named(engines) },
    router: { scheduler: { template: { ...picker, ...named(own) }, tokenizer: { template: picker } } },
  };
  const token = initializerOf(podOf(inputFor(spec, { observed }), 'hello-tokenizer'))?.env?.find(
    ({ name }) => name === 'HF_TOKEN',
  );
  expect(token?.valueFrom?.secretKeyRef?.name).toBe(`token-of-${expected}`);
});

test('an account that the user gave the picker and that is not there is named', () => {
  const spec = { router: { scheduler: { template: { ...picker, serviceAccountName: 'gone' } } } };
  expect(problemsOf(inputFor(spec))).toContain(
    'SchedulerWorkloadReady SchedulerReconcileError: ServiceAccount demo/gone, named by ' +
      'spec.router.scheduler.template.serviceAccountName of hello, does not exist — create it or remove the field',
  );
});
