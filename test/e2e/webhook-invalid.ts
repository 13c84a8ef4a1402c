import type { RawRequest } from './raw-request.ts';
import { gadgetDefinition } from './webhook-definitions.ts';

const rule = {
  operations: ['CREATE'],
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['configmaps'],
};

const good = {
  name: 'a.parity.example',
  clientConfig: { url: 'https://localhost/x' },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};

function configuration(webhooks: readonly object[], type = 'Validating'): RawRequest {
  const plural = `${type.toLowerCase()}webhookconfigurations`;
  return {
    method: 'POST',
    path: `/apis/admissionregistration.k8s.io/v1/${plural}`,
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: `${type}WebhookConfiguration`,
      metadata: { name: 'bad' },
      webhooks,
    },
  };
}

const webhook = (change: object, type?: string): RawRequest => configuration([{ ...good, ...change }], type);
const withRule = (change: object): RawRequest => webhook({ rules: [{ ...rule, ...change }] });
const withUrl = (url: string): RawRequest => webhook({ clientConfig: { url } });
const withService = (service: object): RawRequest => webhook({ clientConfig: { service } });
const withConditions = (...matchConditions: object[]): RawRequest => webhook({ matchConditions });
const service = { name: 's', namespace: 'n' };

function conversion(change: object): RawRequest {
  const { spec, ...rest } = gadgetDefinition as { spec: object };
  return {
    method: 'POST',
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    body: {
      ...rest,
      metadata: { name: 'others.parity.example' },
      spec: { ...spec, names: { plural: 'others', kind: 'Other' }, conversion: change },
    },
  };
}

const clientConfig = { url: 'https://localhost/x' };

export const invalidObjects: readonly (readonly [string, RawRequest])[] = [
  ['no webhook needs a name', webhook({ name: '' })],
  ['short name', webhook({ name: 'a.b' })],
  ['bad name', webhook({ name: 'A_b.c.d' })],
  ['two of one name', configuration([good, good])],
  ['no address', webhook({ clientConfig: {} })],
  ['two addresses', webhook({ clientConfig: { url: 'https://localhost', service } })],
  ['plain http', withUrl('http://localhost/x')],
  ['no host', withUrl('https:///x')],
  ['a user', withUrl('https://me:secret@localhost/x')],
  ['a query', withUrl('https://localhost/x?a=b')],
  ['a fragment', withUrl('https://localhost/x#a')],
  ['all of it', withUrl('ftp://me@localhost/x?a=b#c')],
  ['a service without a name', withService({ namespace: 'n', name: '' })],
  ['a service with a bad port', withService({ ...service, port: 70000 })],
  ['a service with a relative path', withService({ ...service, path: 'x' })],
  ['a service with an empty step', withService({ ...service, path: '/a//b' })],
  ['a service with a bad step', withService({ ...service, path: '/A_b' })],
  [
    'a CA bundle that is not base64',
    webhook({ clientConfig: { url: 'https://localhost', caBundle: 'no!' } }),
  ],
  ['a timeout that is no number', webhook({ timeoutSeconds: 'long' })],
  ['rules that are no list', webhook({ rules: {} })],
  ['no side effects given', webhook({ sideEffects: undefined })],
  ['side effects', webhook({ sideEffects: 'Some' })],
  ['unknown side effects', webhook({ sideEffects: 'Many' })],
  ['unknown failure policy', webhook({ failurePolicy: 'Retry' })],
  ['unknown match policy', webhook({ matchPolicy: 'Like' })],
  ['unknown reinvocation policy', webhook({ reinvocationPolicy: 'Always' }, 'Mutating')],
  ['reinvocation of a validating one', webhook({ reinvocationPolicy: 'Never' })],
  ['no time at all', webhook({ timeoutSeconds: 0 })],
  ['too much time', webhook({ timeoutSeconds: 31 })],
  ['no review versions', webhook({ admissionReviewVersions: [] })],
  ['unknown review versions', webhook({ admissionReviewVersions: ['v2', 'v2', 'V3'] })],
  ['an empty rule', webhook({ rules: [{}] })],
  ['unknown operation', withRule({ operations: ['READ'] })],
  ['more than all operations', withRule({ operations: ['*', 'CREATE'] })],
  ['more than all groups', withRule({ apiGroups: ['*', 'apps'] })],
  ['more than all versions', withRule({ apiVersions: ['*', 'v1'] })],
  ['an empty version', withRule({ apiVersions: [''] })],
  ['more than all resources', withRule({ resources: ['*', 'pods'] })],
  ['more than all of everything', withRule({ resources: ['*/*', 'pods'] })],
  ['more than all subresources', withRule({ resources: ['pods/*', 'pods/status'] })],
  ['an empty resource', withRule({ resources: [''] })],
  ['unknown scope', withRule({ scope: 'Galaxy' })],
  [
    'a selector that cannot be',
    webhook({
      objectSelector: {
        matchLabels: { 'a b': 'c d' },
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['b'] },
          { key: 'a', operator: 'Like' },
        ],
      },
    }),
  ],
  ['a condition without a name', withConditions({ expression: 'true' })],
  ['a condition without an expression', withConditions({ name: 'a', expression: ' ' })],
  [
    'conditions of one name',
    withConditions({ name: 'a', expression: 'true' }, { name: 'a', expression: 'true' }),
  ],
  ['a condition with a bad name', withConditions({ name: 'a b', expression: 'true' })],
  [
    'unknown fields',
    {
      ...webhook({}),
      path: `${webhook({}).path}?fieldValidation=Strict`,
      body: { ...(webhook({ what: 1 }).body as object) },
    },
  ],
  [
    'a new definition with a CA bundle that is none',
    {
      ...conversion({
        strategy: 'Webhook',
        webhook: { clientConfig: { ...clientConfig, caBundle: 'bm9uZQ==' }, conversionReviewVersions: [] },
      }),
    },
  ],
  [
    'a definition with a CA bundle that is none',
    {
      method: 'PATCH',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.parity.example',
      type: 'application/merge-patch+json',
      body: { spec: { conversion: { webhook: { clientConfig: { caBundle: 'bm9uZQ==' } } } } },
    },
  ],
  [
    'a definition that forgets a stored version',
    {
      method: 'PATCH',
      path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.parity.example',
      type: 'application/json-patch+json',
      body: [
        { op: 'remove', path: '/spec/versions/0' },
        { op: 'replace', path: '/spec/versions/0/storage', value: true },
      ],
    },
  ],
  ['an unknown conversion', conversion({ strategy: 'Magic' })],
  ['a conversion without a webhook', conversion({ strategy: 'Webhook' })],
  [
    'a conversion without an address',
    conversion({ strategy: 'Webhook', webhook: { clientConfig: {}, conversionReviewVersions: ['v1'] } }),
  ],
  [
    'a conversion without versions',
    conversion({ strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: [] } }),
  ],
  [
    'a conversion with unknown versions',
    conversion({ strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v7'] } }),
  ],
  [
    'a conversion over http',
    conversion({
      strategy: 'Webhook',
      webhook: { clientConfig: { url: 'http://localhost' }, conversionReviewVersions: ['v1'] },
    }),
  ],
  [
    'a webhook that is not used',
    conversion({ strategy: 'None', webhook: { clientConfig, conversionReviewVersions: ['v1'] } }),
  ],
];
