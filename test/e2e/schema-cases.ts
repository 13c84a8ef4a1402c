/** Bodies for the comparison of schemas with kube-apiserver. */

export interface CustomObject {
  readonly kind: 'Gateway' | 'HTTPRoute' | 'InferencePool' | 'LeaderWorkerSet';
  readonly note: string;
  readonly object: object;
  /** When given, the object is created and then updated with these fields. */
  readonly update?: object;
}

const listener = { name: 'http', port: 80, protocol: 'HTTP' };

export const customObjects: readonly CustomObject[] = [
  route('defaults', { parentRefs: [{ name: 'gw' }], rules: [{ backendRefs: [{ name: 'svc', port: 80 }] }] }),
  route('an empty spec', {}),
  route('unknown fields are pruned', {
    hostnames: ['a.example'],
    bogus: 1,
    rules: [{ bogus: { deep: true } }],
  }),
  route('patterns and bounds', {
    hostnames: ['BAD_host', ''],
    rules: [
      {
        backendRefs: [
          { name: 'svc', port: 0 },
          { name: '', port: 70000 },
        ],
      },
    ],
  }),
  route('wrong types', { hostnames: 'a.example', rules: [{ backendRefs: [{ name: 5, port: '80' }] }] }),
  route('an unknown enum value', { rules: [{ matches: [{ path: { type: 'Glob', value: '/x' } }] }] }),
  route('rules on matches', {
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: 'no-slash//x' } }] }],
  }),
  route('rules on filters', {
    rules: [
      {
        filters: [
          { type: 'RequestRedirect' },
          { type: 'URLRewrite', requestRedirect: { statusCode: 302 } },
          { type: 'URLRewrite', urlRewrite: { hostname: 'a.example' } },
        ],
      },
    ],
  }),
  route('a service without port', { rules: [{ backendRefs: [{ name: 'svc' }] }] }),
  route('duplicate parents', { parentRefs: [{ name: 'gw' }, { name: 'gw' }] }),
  route('timeouts compared as durations', {
    rules: [{ timeouts: { request: '1s', backendRequest: '1m' } }],
  }),
  route('durations that are none', { rules: [{ timeouts: { request: 'soon' } }] }),
  route('too many hostnames', { hostnames: Array.from({ length: 17 }, (_, i) => `h${i}.example`) }),
  route('nulls', {
    parentRefs: null,
    rules: [{ name: null, backendRefs: [{ name: 'svc', port: 80, weight: null }] }],
  }),
  gateway('defaults', [listener]),
  gateway('no listeners', []),
  gateway('two listeners of one name', [listener, { ...listener, port: 81 }]),
  gateway('two listeners on one port', [listener, { ...listener, name: 'other' }]),
  gateway('TLS on plain HTTP', [{ ...listener, tls: { mode: 'Terminate' } }]),
  gateway('TLS without certificates', [
    { name: 'https', port: 443, protocol: 'HTTPS', tls: { mode: 'Terminate' } },
  ]),
  gateway('required fields', [{ protocol: 'HTTP' }]),
  {
    kind: 'Gateway',
    note: 'addresses with formats and types',
    object: {
      spec: {
        gatewayClassName: 'weir',
        listeners: [listener],
        addresses: [
          { type: 'IPAddress', value: '300.1.1.1' },
          { type: 'Hostname', value: 'Not A Host' },
        ],
      },
    },
  },
  {
    kind: 'Gateway',
    note: 'an update that keeps what was never valid elsewhere',
    object: { spec: { gatewayClassName: 'weir', listeners: [listener] } },
    update: { spec: { gatewayClassName: '', listeners: [listener, { ...listener, port: 0 }] } },
  },
  pool('defaults', {
    selector: { matchLabels: { app: 'a' } },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: 'epp', port: { number: 9002 } },
  }),
  pool('nothing', {}),
  pool('a picker service without port, ports twice', {
    selector: { matchLabels: { app: 'a' } },
    targetPorts: [{ number: 8000 }, { number: 8000 }],
    endpointPickerRef: { name: 'epp' },
  }),
  pool('label values', {
    selector: { matchLabels: { 'bad key!': 'x', ok: 'bad value!' } },
    targetPorts: [{ number: 8000 }],
    endpointPickerRef: { name: 'epp', port: { number: 1 } },
  }),
  workers('defaults with a pod template', {
    leaderWorkerTemplate: {
      workerTemplate: { spec: { containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 80 }] }] } },
    },
  }),
  workers('int-or-string and nested lists', {
    rolloutStrategy: {
      type: 'RollingUpdate',
      rollingUpdateConfiguration: { maxUnavailable: '10%', maxSurge: 1 },
    },
    leaderWorkerTemplate: {
      workerTemplate: {
        spec: {
          containers: [
            {
              name: 'a',
              image: 'i',
              resources: { limits: { cpu: 1, memory: 'lots' } },
              env: [{ value: 'x' }],
            },
            { name: 'a', ports: [{ containerPort: 80 }, { containerPort: 80 }] },
          ],
        },
      },
    },
  }),
  workers('wrong int-or-string', {
    rolloutStrategy: { type: 'Sometimes', rollingUpdateConfiguration: { maxUnavailable: true } },
    leaderWorkerTemplate: { workerTemplate: { spec: { containers: 'none' } } },
  }),
];

export const strictBodies: readonly {
  note: string;
  path: string;
  group?: string;
  kind: string;
  text: string;
}[] = [
  {
    note: 'unknown fields of a built-in',
    path: '/apis/apps/v1/namespaces/default/deployments',
    group: 'apps',
    kind: 'Deployment',
    text: JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a' },
      spec: { replicaz: 1, template: { spec: { containers: [{ name: 'a', imag: 'x' }] } } },
    }),
  },
  {
    note: 'duplicate fields of a built-in',
    path: '/api/v1/namespaces/default/configmaps',
    group: '',
    kind: 'ConfigMap',
    text: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"1","k":"2"},"bad":{}}',
  },
  {
    note: 'unknown fields of a custom kind',
    path: '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes',
    kind: 'HTTPRoute',
    text: JSON.stringify({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'a', namespace: 'default' },
      spec: { hostnamez: [], rules: [{ backendRefs: [{ name: 'x', port: 1, prot: 2 }] }] },
    }),
  },
];

export const builtinBodies: readonly {
  note: string;
  path: string;
  group: string;
  kind: string;
  object: object;
}[] = [
  deployment('a string for a number', { replicas: '3' }),
  deployment('a fraction for a number', { replicas: 1.5 }),
  deployment('a list for an object', { template: [] }),
  deployment('an object for a list', { template: { spec: { containers: {} } } }),
  deployment('a number for a string', { template: { spec: { containers: [{ name: 5 }] } } }),
  deployment('a number for a label', { template: { metadata: { labels: { a: 1 } } } }),
  deployment('a quantity that is none', {
    template: { spec: { containers: [{ name: 'a', resources: { limits: { memory: 'lots' } } }] } },
  }),
  deployment('a boolean for an int-or-string', { strategy: { rollingUpdate: { maxSurge: true } } }),
  deployment('a string for a boolean', { paused: 'yes' }),
];

function route(note: string, spec: object): CustomObject {
  return { kind: 'HTTPRoute', note, object: { spec } };
}

function gateway(note: string, listeners: readonly object[]): CustomObject {
  return { kind: 'Gateway', note, object: { spec: { gatewayClassName: 'weir', listeners } } };
}

function pool(note: string, spec: object): CustomObject {
  return { kind: 'InferencePool', note, object: { spec } };
}

function workers(note: string, spec: object): CustomObject {
  return { kind: 'LeaderWorkerSet', note, object: { spec } };
}

function deployment(note: string, spec: object): (typeof builtinBodies)[number] {
  return {
    note,
    path: '/apis/apps/v1/namespaces/default/deployments',
    group: 'apps',
    kind: 'Deployment',
    object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec },
  };
}
