import type { ApiCase } from './apiserver-cases.ts';

const autoscaling = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const claims = '/apis/resource.k8s.io/v1/namespaces/default/resourceclaimtemplates';
const networking = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
const admission = '/apis/admissionregistration.k8s.io/v1';
const merge = 'application/merge-patch+json';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };

function autoscaler(name: string, spec: object): object {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef: target, maxReplicas: 3, ...spec },
  };
}

function claimTemplate(name: string, requests: readonly object[]): object {
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaimTemplate',
    metadata: { name },
    spec: { spec: { devices: { requests } } },
  };
}

function ingress(name: string, spec: object): object {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name }, spec };
}

const backend = { service: { name: 's', port: { number: 80 } } };
const exactly = { deviceClassName: 'gpu.example.com' };

function webhooks(kind: 'Mutating' | 'Validating'): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name: 'idle' },
    webhooks: [
      {
        name: 'idle.parity.example',
        clientConfig: { service: { name: 's', namespace: 'default' } },
        rules: [
          { operations: ['CREATE'], apiGroups: ['none.example'], apiVersions: ['v1'], resources: ['nones'] },
        ],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

/** Kinds that nothing here acts on, and the configurations of webhooks. */
export const idleKindCases: readonly ApiCase[] = [
  { what: 'an autoscaler without metrics', method: 'POST', path: autoscaling, body: autoscaler('a', {}) },
  {
    what: 'an autoscaler with behaviour',
    method: 'POST',
    path: autoscaling,
    body: autoscaler('b', { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }),
  },
  {
    what: 'an autoscaler with impossible counts',
    method: 'POST',
    path: autoscaling,
    body: autoscaler('c', { minReplicas: 5, maxReplicas: 2 }),
  },
  {
    what: 'an autoscaler of nothing',
    method: 'POST',
    path: autoscaling,
    body: autoscaler('d', { maxReplicas: 0, scaleTargetRef: { apiVersion: 'apps/v1', kind: '', name: '' } }),
  },
  {
    what: 'a claim template',
    method: 'POST',
    path: claims,
    body: claimTemplate('a', [
      { name: 'one', exactly },
      { name: 'two', firstAvailable: [{ name: 'x', ...exactly }] },
    ]),
  },
  {
    what: 'a claim template that is changed',
    method: 'PATCH',
    path: `${claims}/a`,
    type: merge,
    body: { spec: { spec: { devices: { requests: [{ name: 'other', exactly }] } } } },
    only: ['code', 'reason'],
  },
  {
    what: 'an ingress with a backend',
    method: 'POST',
    path: networking,
    body: ingress('a', { defaultBackend: backend }),
  },
  { what: 'an ingress without anything', method: 'POST', path: networking, body: ingress('b', {}) },
  {
    what: 'an ingress that is changed',
    method: 'PATCH',
    path: `${networking}/a`,
    type: merge,
    body: { spec: { rules: [{ host: 'h', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] } },
  },
  {
    what: 'validating webhooks',
    method: 'POST',
    path: `${admission}/validatingwebhookconfigurations`,
    body: webhooks('Validating'),
  },
  {
    what: 'mutating webhooks',
    method: 'POST',
    path: `${admission}/mutatingwebhookconfigurations`,
    body: webhooks('Mutating'),
  },
  {
    what: 'changed webhooks',
    method: 'PATCH',
    path: `${admission}/validatingwebhookconfigurations/idle`,
    type: 'application/strategic-merge-patch+json',
    body: { webhooks: [{ name: 'idle.parity.example', timeoutSeconds: 3 }] },
  },
  {
    what: 'a table of webhooks',
    method: 'GET',
    path: `${admission}/validatingwebhookconfigurations`,
    accept: table,
  },
];
