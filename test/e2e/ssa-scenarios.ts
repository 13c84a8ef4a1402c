import type { RawRequest } from './raw-request.ts';

/** Operation sequences for the comparison with kube-apiserver. */
export interface SsaScenario {
  /** Also the name of the object. */
  readonly name: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly path: string;
  readonly hasStatus: boolean;
  readonly steps: readonly SsaStep[];
}

export interface SsaStep {
  readonly note: string;
  readonly verb: 'apply' | 'create' | 'merge';
  readonly manager: string;
  readonly subresource?: 'status';
  readonly force?: boolean;
  /** The body sets managedFields to `[{}]`. */
  readonly resetsManagers?: boolean;
  readonly body: unknown;
}

export const widgetCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.weir.test' },
  spec: {
    group: 'weir.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer' },
                  port: { 'x-kubernetes-int-or-string': true },
                  items: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name', 'zone'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: {
                        name: { type: 'string' },
                        zone: { type: 'string', default: 'a' },
                        weight: { type: 'integer' },
                        tags: { type: 'object', additionalProperties: { type: 'string' } },
                      },
                    },
                  },
                  names: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
                  args: { type: 'array', items: { type: 'string' } },
                  unit: {
                    type: 'object',
                    'x-kubernetes-map-type': 'atomic',
                    properties: { a: { type: 'string' }, b: { type: 'string' } },
                  },
                  open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  labels: { type: 'object', additionalProperties: { type: 'string' } },
                },
              },
              status: {
                type: 'object',
                properties: {
                  ready: { type: 'boolean' },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type'],
                      properties: { type: { type: 'string' }, status: { type: 'string' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

/** The HTTP request of a step. */
export function requestOf(scenario: SsaScenario, step: SsaStep): RawRequest {
  const manager = `fieldManager=${step.manager}`;
  const suffix = step.subresource === undefined ? '' : `/${step.subresource}`;
  const path = `${scenario.path}/${scenario.name}${suffix}?${manager}`;
  switch (step.verb) {
    case 'apply': {
      const force = `&force=${step.force ?? false}`;
      return {
        method: 'PATCH',
        path: path + force,
        body: step.body,
        type: 'application/apply-patch+yaml',
      };
    }
    case 'create':
      return {
        method: 'POST',
        path: `${scenario.path}?${manager}`,
        body: step.body,
      };
    case 'merge':
      return { method: 'PATCH', path, body: step.body, type: 'application/merge-patch+json' };
  }
}

const status = { subresource: 'status' } as const;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

export const scenarios: readonly SsaScenario[] = [
  configMaps('config-shared', [
    apply('create by apply', 'one', { data: { a: '1', b: '2' } }),
    apply('the same again', 'one', { data: { a: '1', b: '2' } }),
    apply('a second owner of the same value', 'two', { data: { a: '1' } }),
    apply('conflict on a changed value', 'two', { data: { a: '9' } }),
    apply('conflicts on two', 'three', { data: { a: '9', b: '9' } }),
    apply('force takes it', 'two', { data: { a: '9' } }, { force: true }),
    apply('the first drops b', 'one', { data: {} }),
    apply('labels and annotations', 'one', { metadata: { labels: { x: 'y' }, annotations: { n: '<1&2>' } } }),
    apply('all gone', 'one', {}),
    apply('all gone again', 'two', {}),
  ]),
  configMaps('config-updates', [
    create('created by an updater', 'maker', { data: { a: '1', b: '2', c: '3' } }),
    merge('another updater changes', 'other', { data: { a: '5', d: '4' } }),
    merge('removes a key', 'other', { data: { b: null } }),
    merge('changes nothing', 'third', { data: { a: '5' } }),
    apply('conflict with an updater', 'one', { data: { a: '1' } }),
    apply('agrees with the updater', 'one', { data: { a: '5' } }),
    merge('the updater takes it from the applier', 'other', { data: { a: '6' } }),
    merge('resets managers', 'other', { metadata: { managedFields: [{}] } }, { resetsManagers: true }),
    apply('applies to an object without managers', 'one', { data: { a: '6' } }),
    merge('sets a finalizer', 'other', { metadata: { finalizers: ['weir.test/a', 'weir.test/b'] } }),
    apply('shares a finalizer', 'one', { metadata: { finalizers: ['weir.test/a'] } }),
    merge('removes the finalizers', 'other', { metadata: { finalizers: null } }),
  ]),
  configMaps('config-upgrade', [
    create('client-side apply', 'kubectl-client-side-apply', {
      metadata: { annotations: { [lastApplied]: lastAppliedText('config-upgrade', { a: '1', b: '2' }) } },
      data: { a: '1', b: '2' },
    }),
    apply('kubectl takes over server-side', 'kubectl', { data: { a: '3', b: '2' } }),
    merge('somebody changes', 'other', { data: { b: '7' } }),
    apply('conflict with somebody', 'kubectl', { data: { a: '3', b: '2' } }),
  ]),
  {
    name: 'deployment',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    path: '/apis/apps/v1/namespaces/default/deployments',
    hasStatus: true,
    steps: typed('apps/v1', 'Deployment', 'deployment', [
      apply('create', 'one', {
        spec: deploymentSpec([
          { name: 'main', image: 'a', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }] },
        ]),
      }),
      apply('a second manager adds a container and an env', 'two', {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'side', image: 's' },
                { name: 'main', env: [{ name: 'B', value: '2' }] },
              ],
            },
          },
        },
      }),
      merge('an updater scales', 'scaler', { spec: { replicas: 3 } }),
      apply('the first sets replicas', 'one', {
        spec: { ...deploymentSpec([{ name: 'main', image: 'a' }]), replicas: 1 },
      }),
      apply('the first drops ports and env', 'one', { spec: deploymentSpec([{ name: 'main', image: 'b' }]) }),
      apply('ports with protocols', 'one', {
        spec: deploymentSpec([
          {
            name: 'main',
            image: 'b',
            ports: [
              { containerPort: 80, name: 't' },
              { containerPort: 80, protocol: 'UDP', name: 'u' },
            ],
          },
        ]),
      }),
      merge(
        'status by a controller',
        'controller',
        { status: { replicas: 1, observedGeneration: 2 } },
        status,
      ),
      apply('status by an applier', 'one', { status: { readyReplicas: 1, availableReplicas: 1 } }, status),
      apply('order of containers', 'one', {
        spec: deploymentSpec([
          { name: 'first', image: 'f' },
          { name: 'main', image: 'b' },
        ]),
      }),
      apply('the second leaves', 'two', {}),
    ]),
  },
  {
    name: 'service',
    kind: { group: '', version: 'v1', kind: 'Service' },
    path: '/api/v1/namespaces/default/services',
    hasStatus: true,
    steps: typed('v1', 'Service', 'service', [
      apply('create', 'one', {
        spec: { selector: { app: 'a' }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
      }),
      apply('second adds a port', 'two', { spec: { ports: [{ name: 'metrics', port: 9090 }] } }),
      apply('conflict on the selector, which is a unit', 'two', { spec: { selector: { app: 'b' } } }),
      apply('force', 'two', { spec: { selector: { app: 'b' } } }, { force: true }),
      apply('first changes the target', 'one', {
        spec: { ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
      }),
    ]),
  },
  {
    name: 'widget',
    kind: { group: 'weir.test', version: 'v1', kind: 'Widget' },
    path: '/apis/weir.test/v1/namespaces/default/widgets',
    hasStatus: true,
    steps: typed('weir.test/v1', 'Widget', 'widget', [
      apply('create with every list kind', 'one', {
        spec: {
          size: 1,
          port: 80,
          items: [
            { name: 'x', weight: 1, tags: { t: '1' } },
            { name: 'x', zone: 'b' },
          ],
          names: ['p', 'q'],
          args: ['1', '2'],
          unit: { a: '1' },
          open: { deep: { list: [1, 2], value: 'v' } },
          labels: { l: '1' },
        },
      }),
      apply('the same again', 'one', {
        spec: {
          size: 1,
          port: 80,
          items: [
            { name: 'x', weight: 1, tags: { t: '1' } },
            { name: 'x', zone: 'b' },
          ],
          names: ['p', 'q'],
          args: ['1', '2'],
          unit: { a: '1' },
          open: { deep: { list: [1, 2], value: 'v' } },
          labels: { l: '1' },
        },
      }),
      apply('second adds to set and map lists', 'two', {
        spec: { names: ['r', 'p'], items: [{ name: 'y', zone: 'a' }], labels: { m: '2' } },
      }),
      apply('conflicts on atomic parts', 'two', {
        spec: { args: ['3'], unit: { a: '1', b: '2' }, port: 'http' },
      }),
      apply('first keeps little', 'one', { spec: { items: [{ name: 'x', zone: 'b' }], names: ['q'] } }),
      merge('an updater edits items', 'editor', {
        spec: {
          items: [
            { name: 'x', zone: 'b', weight: 7 },
            { name: 'z', zone: 'a' },
          ],
          open: { other: null },
        },
      }),
      merge(
        'status',
        'controller',
        { status: { ready: true, conditions: [{ type: 'A', status: 'True' }] } },
        status,
      ),
      apply(
        'status by an applier',
        'one',
        { status: { conditions: [{ type: 'B', status: 'False' }] } },
        status,
      ),
      apply('status through the main resource is ignored', 'one', {
        spec: { size: 5 },
        status: { ready: false },
      }),
      apply('empty values', 'one', { spec: { labels: {}, names: [], items: [], open: {} } }),
      apply('nothing', 'one', {}),
    ]),
  },
];

function configMaps(name: string, steps: readonly SsaStep[]): SsaScenario {
  return {
    name,
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    path: '/api/v1/namespaces/default/configmaps',
    hasStatus: false,
    steps: typed('v1', 'ConfigMap', name, steps),
  };
}

/** Completes the bodies of applies and creates with type and name. */
export function typed(apiVersion: string, kind: string, name: string, steps: readonly SsaStep[]): SsaStep[] {
  return steps.map((step) => {
    if (step.verb === 'merge') return step;
    const body = step.body as { metadata?: object };
    const metadata = { name, namespace: 'default', ...body.metadata };
    return { ...step, body: { apiVersion, kind, ...body, metadata } };
  });
}

type More = Partial<Pick<SsaStep, 'force' | 'subresource' | 'resetsManagers'>>;

function apply(note: string, manager: string, body: object, more: More = {}): SsaStep {
  return { note, verb: 'apply', manager, body, ...more };
}

function create(note: string, manager: string, body: object): SsaStep {
  return { note, verb: 'create', manager, body };
}

function merge(note: string, manager: string, body: object, more: More = {}): SsaStep {
  return { note, verb: 'merge', manager, body, ...more };
}

function deploymentSpec(containers: readonly object[]): object {
  return {
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers } },
  };
}

function lastAppliedText(name: string, data: Readonly<Record<string, string>>): string {
  const metadata = { annotations: {}, name, namespace: 'default' };
  return `${JSON.stringify({ apiVersion: 'v1', data, kind: 'ConfigMap', metadata })}\n`;
}
