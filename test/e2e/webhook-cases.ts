import { type HubRoute, patchWith, respond } from '@weir/testing';
import type { RawRequest } from './raw-request.ts';

export interface WebhookCase {
  /** Also label and name of the webhook configuration. */
  readonly name: string;
  readonly type: 'Mutating' | 'Validating';
  readonly what: string;
  /** Entries of the configuration: defaults are added, and the path `/NAME/INDEX` of the hub. */
  readonly webhooks: readonly object[];
  readonly routes: readonly HubRoute[];
  readonly requests: readonly RawRequest[];
  /** Requests that reach the webhook are compared, too. */
  readonly comparesReviews?: boolean;
}

const group = '/apis/parity.example';
const widgets = (version = 'v1'): string => `${group}/${version}/namespaces/default/widgets`;
const merge = 'application/merge-patch+json';

function widget(name: string, spec: object = {}, version = 'v1', labels: object = {}): object {
  return {
    apiVersion: `parity.example/${version}`,
    kind: 'Widget',
    metadata: { name, labels: { case: name, ...labels } },
    spec: { size: 1, ...spec },
  };
}

const post = (body: object, path = widgets()): RawRequest => ({ method: 'POST', path, body });
const remove = (name: string, path = widgets()): RawRequest => ({
  method: 'DELETE',
  path: `${path}/${name}`,
});

/** A webhook with one answer, asked by one create. */
function simple(
  name: string,
  what: string,
  route: HubRoute,
  webhook: object = {},
  type: WebhookCase['type'] = 'Validating',
): WebhookCase {
  return { name, type, what, webhooks: [webhook], routes: [route], requests: [post(widget(name))] };
}

const allow = respond({ allowed: true });
const never: HubRoute = () => ({ body: undefined });
const deny = (status?: object): HubRoute =>
  respond({ allowed: false, ...(status === undefined ? {} : { status }) });

const denials: readonly WebhookCase[] = [
  simple('deny', 'a denial without explanation', deny()),
  simple('deny-text', 'a denial with a message', deny({ message: 'too wide' })),
  simple('deny-reason', 'a denial with a reason only', deny({ reason: 'Forbidden', code: 403 })),
  simple('deny-low', 'a denial with a code that means success', deny({ code: 200, message: 'no' })),
  simple(
    'deny-causes',
    'a denial with details',
    deny({
      code: 422,
      reason: 'Invalid',
      message: 'widget is invalid',
      details: {
        name: 'w',
        group: 'parity.example',
        kind: 'Widget',
        causes: [{ reason: 'FieldValueInvalid', message: 'bad', field: 'spec.size' }],
      },
    }),
  ),
  simple(
    'deny-warn',
    'a denial with warnings',
    respond({ allowed: false, warnings: ['first', 'second "quoted"'], status: { message: 'no' } }),
  ),
  simple('deny-mutating', 'a denial by a mutating webhook', deny({ message: 'no' }), {}, 'Mutating'),
  simple(
    'warn',
    'warnings of an allowed request',
    respond({ allowed: true, warnings: ['one', 'one', 'two'] }),
  ),
  simple(
    'warn-long',
    'more warnings than headers hold',
    respond({ allowed: true, warnings: Array.from({ length: 20 }, (_, i) => `${i}${'x'.repeat(400)}`) }),
  ),
];

const unanswered = { timeoutSeconds: 1 };
const ignored = { failurePolicy: 'Ignore' };
const closed = { clientConfig: { url: 'https://127.0.0.1:1/closed' } };

const failures: readonly WebhookCase[] = [
  simple('refused', 'a webhook that does not listen', allow, closed),
  simple('refused-ignored', 'a webhook that does not listen and is ignored', allow, {
    ...closed,
    ...ignored,
  }),
  simple('slow', 'a webhook that does not answer in time', never, unanswered),
  simple('slow-ignored', 'one that is ignored', never, { ...unanswered, ...ignored }),
  simple('slow-mutating', 'a mutating one', never, unanswered, 'Mutating'),
  simple('not-found', 'a path that does not exist', () => ({
    code: 404,
    contentType: 'text/plain',
    body: 'gone',
  })),
  simple('broken', 'an error of the webhook', () => ({
    code: 500,
    contentType: 'text/plain',
    body: 'it "broke"',
  })),
  simple('busy', 'a webhook that is overloaded', () => ({ code: 503, body: {} })),
  simple('other-uid', 'an answer to another review', (review) => ({
    body: { apiVersion: review.apiVersion, kind: review.kind, response: { uid: 'other', allowed: true } },
  })),
  simple('no-response', 'a review without a response', (review) => ({
    body: { apiVersion: review.apiVersion, kind: review.kind },
  })),
  simple(
    'validating-patch',
    'a patch by a validating webhook',
    patchWith(() => [{ op: 'remove', path: '/spec' }]),
  ),
  simple(
    'no-patch-type',
    'a patch without its type',
    respond({ allowed: true, patch: Buffer.from('[]').toString('base64') }),
    {},
    'Mutating',
  ),
  simple(
    'no-patch',
    'a type without its patch',
    respond({ allowed: true, patchType: 'JSONPatch' }),
    {},
    'Mutating',
  ),
  simple('no-service', 'a Service that does not exist', allow, {
    clientConfig: { service: { name: 'none', namespace: 'default', path: '/x' } },
  }),
  simple('only-beta', 'a webhook that speaks the older version', deny({ message: 'beta' }), {
    admissionReviewVersions: ['v1beta1'],
  }),
];

const addLabel = (label: string): HubRoute =>
  patchWith(() => [{ op: 'add', path: `/metadata/labels/${label}`, value: 'yes' }]);

const addWhenMissing = (label: string, needed?: string): HubRoute =>
  patchWith((object) => {
    const { labels } = object.metadata as { labels: Record<string, string> };
    if (labels[label] !== undefined || (needed !== undefined && labels[needed] === undefined)) return [];
    return [{ op: 'add', path: `/metadata/labels/${label}`, value: 'yes' }];
  });

const mutations: readonly WebhookCase[] = [
  {
    name: 'mutate',
    type: 'Mutating',
    what: 'a patched object gets defaults, is validated and loses unknown fields',
    webhooks: [{ operations: ['CREATE', 'UPDATE'] }],
    routes: [
      patchWith((object) => [
        { op: 'add', path: '/metadata/labels/added', value: 'yes' },
        {
          op: 'replace',
          path: '/spec',
          value: (object.spec as { size: number }).size === 1 ? { size: 7, unknown: true } : { size: 8 },
        },
      ]),
    ],
    requests: [
      post(widget('mutate')),
      {
        method: 'PATCH',
        path: `${widgets()}/mutate?fieldManager=other`,
        type: merge,
        body: { spec: { size: 2 } },
      },
      remove('mutate'),
    ],
    comparesReviews: true,
  },
  {
    name: 'mutate-invalid',
    type: 'Mutating',
    what: 'a patch that breaks the schema',
    webhooks: [{}],
    routes: [patchWith(() => [{ op: 'replace', path: '/spec/size', value: -5 }])],
    requests: [post(widget('mutate-invalid'))],
  },
  {
    name: 'mutate-order',
    type: 'Mutating',
    what: 'webhooks are asked in order, and again when a later one changed something',
    webhooks: [{ reinvocationPolicy: 'IfNeeded' }, { reinvocationPolicy: 'Never' }],
    routes: [addWhenMissing('late', 'early'), addLabel('early')],
    requests: [post(widget('mutate-order'))],
    comparesReviews: true,
  },
  {
    name: 'mutate-delete',
    type: 'Mutating',
    what: 'a patch of a deletion',
    webhooks: [{ operations: ['DELETE'] }],
    routes: [patchWith(() => [{ op: 'add', path: '/metadata/labels', value: {} }])],
    requests: [post(widget('mutate-delete')), remove('mutate-delete')],
  },
  {
    name: 'mutate-map',
    type: 'Mutating',
    what: 'a built-in kind',
    webhooks: [{}],
    routes: [patchWith(() => [{ op: 'add', path: '/data', value: { added: 'yes' } }])],
    requests: [
      post(
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'mutate-map', labels: { case: 'mutate-map' } },
        },
        '/api/v1/namespaces/default/configmaps',
      ),
    ],
    comparesReviews: true,
  },
];

const condition = (expression: string): object => ({ matchConditions: [{ name: 'only', expression }] });

/** The objects of subresources have no labels. */
const verbsOnly = [{ name: 'verbs', expression: "!has(request.name) || request.name == 'verbs'" }];

const matching: readonly WebhookCase[] = [
  simple(
    'when-true',
    'a condition that holds',
    deny(),
    condition("object.spec.size == 1 && request.operation == 'CREATE'"),
  ),
  simple(
    'when-false',
    'a condition that does not',
    deny(),
    condition("object.metadata.name.startsWith('x')"),
  ),
  simple('when-error', 'a condition that fails', deny(), condition("object.spec.missing == 'x'")),
  simple('when-error-ignored', 'one that fails and is ignored', deny(), {
    ...condition("object.spec.missing == 'x'"),
    ...ignored,
  }),
  simple('when-old', 'a condition on the old object', deny(), condition('oldObject == null')),
  simple('when-user', 'a condition on the user', deny(), condition("request.userInfo.username != ''")),
  simple('other-namespace', 'the labels of another namespace', deny(), {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  }),
  simple('this-namespace', 'the labels of this namespace', deny(), {
    namespaceSelector: {
      matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['default'] }],
    },
  }),
  simple('cluster-scope', 'cluster-scoped kinds only', deny(), { scope: 'Cluster' }),
  simple('namespaced-scope', 'namespaced kinds only', deny(), { scope: 'Namespaced' }),
  {
    name: 'exact',
    type: 'Validating',
    what: 'a rule for another version with exact matching',
    webhooks: [{ matchPolicy: 'Exact', apiVersions: ['v1alpha1'] }],
    routes: [deny()],
    requests: [post(widget('exact'))],
  },
  {
    name: 'equivalent',
    type: 'Validating',
    what: 'a rule for another version of the same kind',
    webhooks: [{ apiVersions: ['v1alpha1'] }],
    routes: [deny({ message: 'seen' })],
    requests: [post(widget('equivalent'))],
    comparesReviews: true,
  },
  {
    name: 'equivalent-mutating',
    type: 'Mutating',
    what: 'a change in another version of the same kind',
    webhooks: [{ apiVersions: ['v1alpha1'] }],
    routes: [addLabel('seen')],
    requests: [post(widget('equivalent-mutating'))],
    comparesReviews: true,
  },
  {
    name: 'verbs',
    type: 'Validating',
    what: 'every way to write, with subresources',
    webhooks: [{ resources: ['widgets', 'widgets/*'], objectSelector: {}, matchConditions: verbsOnly }],
    routes: [allow],
    requests: [
      post(widget('verbs')),
      post(
        { ...widget('verbs'), metadata: { generateName: 'made-', labels: { case: 'verbs' } } },
        `${widgets()}?dryRun=All`,
      ),
      { method: 'PATCH', path: `${widgets()}/verbs`, type: merge, body: { spec: { size: 3 } } },
      { method: 'PATCH', path: `${widgets()}/verbs/status`, type: merge, body: { status: { size: 3 } } },
      { method: 'PATCH', path: `${widgets()}/verbs/scale`, type: merge, body: { spec: { replicas: 4 } } },
      {
        method: 'PATCH',
        path: `${widgets()}/verbs?fieldManager=applier&force=true`,
        type: 'application/apply-patch+yaml',
        body: widget('verbs', { size: 9 }),
      },
      { method: 'DELETE', path: `${widgets()}?labelSelector=case%3Dverbs` },
    ],
    comparesReviews: true,
  },
];

export const webhookCases: readonly WebhookCase[] = [...denials, ...failures, ...mutations, ...matching];
