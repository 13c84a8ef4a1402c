import { type ApiCase, create, get, merge, patch, strategic, table } from './api-case.ts';

const autoscaling = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const claims = '/apis/resource.k8s.io/v1/namespaces/default/resourceclaimtemplates';
const networking = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
const admission = '/apis/admissionregistration.k8s.io/v1';

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
  create('an autoscaler without metrics', autoscaling, autoscaler('a', {})),
  create(
    'an autoscaler with behaviour',
    autoscaling,
    autoscaler('b', { behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }),
  ),
  create(
    'an autoscaler with impossible counts',
    autoscaling,
    autoscaler('c', { minReplicas: 5, maxReplicas: 2 }),
  ),
  create(
    'an autoscaler of nothing',
    autoscaling,
    autoscaler('d', { maxReplicas: 0, scaleTargetRef: { apiVersion: 'apps/v1', kind: '', name: '' } }),
  ),
  create(
    'a claim template',
    claims,
    claimTemplate('a', [
      { name: 'one', exactly },
      { name: 'two', firstAvailable: [{ name: 'x', ...exactly }] },
    ]),
  ),
  patch(
    'a claim template that is changed',
    `${claims}/a`,
    merge,
    { spec: { spec: { devices: { requests: [{ name: 'other', exactly }] } } } },
    ['code', 'reason'],
  ),
  create('an ingress with a backend', networking, ingress('a', { defaultBackend: backend })),
  create('an ingress without anything', networking, ingress('b', {})),
  patch('an ingress that is changed', `${networking}/a`, merge, {
    spec: { rules: [{ host: 'h', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  }),
  create('validating webhooks', `${admission}/validatingwebhookconfigurations`, webhooks('Validating')),
  create('mutating webhooks', `${admission}/mutatingwebhookconfigurations`, webhooks('Mutating')),
  patch('changed webhooks', `${admission}/validatingwebhookconfigurations/idle`, strategic, {
    webhooks: [{ name: 'idle.parity.example', timeoutSeconds: 3 }],
  }),
  get('a table of webhooks', `${admission}/validatingwebhookconfigurations`, table),
];
