import {
  type ApiCase,
  apply,
  create,
  get,
  json,
  merge,
  patch,
  remove,
  strategic,
  table,
} from './api-case.ts';
import { configMap, container, deployment, pod, service } from './case-objects.ts';

const v1 = '/api/v1/namespaces/default';
const apps = '/apis/apps/v1/namespaces/default';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

const time = '2026-01-01T00:00:00Z';

const defaults: readonly ApiCase[] = [
  create('a namespace', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'team' },
  }),
  create('a config map', `${v1}/configmaps`, configMap('c1')),
  create('the same config map again', `${v1}/configmaps`, configMap('c1')),
  create('a secret with stringData', `${v1}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's1' },
    stringData: { a: 'ä' },
    data: { b: 'Yg==' },
  }),
  create('a service account', `${v1}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  }),
  create('a pod', `${v1}/pods`, pod('p1')),
  create(
    'a pod with everything that has defaults',
    `${v1}/pods`,
    pod('p2', {
      initContainers: [{ name: 'init', image: 'x:1', restartPolicy: 'Always' }],
      containers: [
        {
          name: 'main',
          image: 'registry:5000/x@sha256:0000000000000000000000000000000000000000000000000000000000000000',
          ports: [{ containerPort: 80, name: 'http' }],
          env: [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
          resources: { limits: { cpu: '1', memory: '1Gi' } },
          livenessProbe: { httpGet: { port: 80 } },
          readinessProbe: { grpc: { port: 9003 } },
          startupProbe: { exec: { command: ['true'] }, failureThreshold: 600, periodSeconds: 1 },
          lifecycle: { preStop: { httpGet: { port: 'http', path: '/x' } } },
          volumeMounts: [{ name: 'e', mountPath: '/e' }],
        },
      ],
      volumes: [
        { name: 'e' },
        { name: 's', secret: { secretName: 's1' } },
        { name: 'c', configMap: { name: 'c1' } },
        { name: 'h', hostPath: { path: '/tmp' } },
        {
          name: 'p',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token' } },
              { downwardAPI: { items: [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }] } },
            ],
          },
        },
        { name: 'd', downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      ],
    }),
  ),
  create('a deployment', `${apps}/deployments`, deployment('d1')),
  create(
    'a deployment with Recreate',
    `${apps}/deployments`,
    deployment('d2', { strategy: { type: 'Recreate' } }),
  ),
  create('a replica set', `${apps}/replicasets`, { ...deployment('rs1'), kind: 'ReplicaSet' }),
  create('a service', `${v1}/services`, service('svc1', { selector: { a: 'b' }, ports: [{ port: 80 }] })),
  create(
    'a headless service',
    `${v1}/services`,
    service('svc2', { clusterIP: 'None', ports: [{ port: 80, targetPort: 'http' }] }),
  ),
  create(
    'an external name',
    `${v1}/services`,
    service('svc3', { type: 'ExternalName', externalName: 'example.com' }),
  ),
  create('a claim', `${v1}/persistentvolumeclaims`, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'claim', finalizers: ['kubernetes.io/pvc-protection'] },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  create('an endpoint slice', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'slice' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  }),
  create('a lease', '/apis/coordination.k8s.io/v1/namespaces/default/leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'lease' },
    spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
  }),
  create('a role', `${rbac}/namespaces/default/roles`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'reader' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
  }),
  create('a role binding', `${rbac}/namespaces/default/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'ServiceAccount', name: 'default', namespace: 'default' },
      { kind: 'User', name: 'u' },
    ],
  }),
  create('an event', `${v1}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'p1.1' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p1' },
    type: 'Normal',
    reason: 'Test',
    message: 'hello',
  }),
  create('a node', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }, [
    'metadata',
  ]),
];

const refusals: readonly ApiCase[] = [
  get('a missing object', `${v1}/configmaps/none`),
  get('a missing deployment', `${apps}/deployments/none`),
  get('a missing namespace', '/api/v1/namespaces/none'),
  get('an unknown kind', '/api/v1/namespaces/default/nothings'),
  { ...get('an unknown group', '/apis/none.example/v1/things'), only: [] },
  create('an object in a missing namespace', '/api/v1/namespaces/none/configmaps', configMap('x')),
  create('another namespace in the body', `${v1}/configmaps`, configMap('x', { namespace: 'team' }), [
    'code',
    'reason',
  ]),
  create('no name', `${v1}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
  create('a bad name', `${v1}/configmaps`, configMap('Bad_Name')),
  create('a bad label key', `${v1}/configmaps`, configMap('x', { labels: { 'a b': 'c' } })),
  create('a bad label value', `${v1}/configmaps`, configMap('x', { labels: { d: 'e f' } })),
  create('a bad service name', `${v1}/services`, service('1svc', { ports: [{ port: 80 }] })),
  create('a service without ports', `${v1}/services`, service('x', {})),
  create(
    'a service with bad ports',
    `${v1}/services`,
    service('x', { ports: [{ port: 0 }, { port: 70000 }] }),
  ),
  create(
    'a foreign ClusterIP',
    `${v1}/services`,
    service('x', { clusterIP: '1.2.3.4', ports: [{ port: 80 }] }),
    ['code', 'reason'],
  ),
  create('no containers', `${v1}/pods`, pod('x', { containers: [] })),
  create('no image', `${v1}/pods`, pod('x', { containers: [{ name: 'a' }] })),
  create('containers of one name', `${v1}/pods`, pod('x', { containers: [container, container] })),
  create('a bad restart policy', `${v1}/pods`, pod('x', { restartPolicy: 'Sometimes' })),
  create(
    'a missing volume',
    `${v1}/pods`,
    pod('x', { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }),
  ),
  create(
    'a selector that does not match',
    `${apps}/deployments`,
    deployment('x', { selector: { matchLabels: { a: 'b' } } }),
  ),
  create('an empty selector', `${apps}/deployments`, deployment('x', { selector: {} })),
  create('no selector', `${apps}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x' },
    spec: { template: { spec: { containers: [container] } } },
  }),
  create('negative replicas', `${apps}/deployments`, deployment('x', { replicas: -1 })),
  create('a wrong type', `${apps}/deployments`, deployment('x', { replicas: 'one' })),
  create(
    'an unknown field, strictly',
    `${apps}/deployments?fieldValidation=Strict`,
    deployment('x', { replica: 1 }),
  ),
  create('another kind', `${apps}/deployments`, configMap('x'), ['code', 'reason']),
  create('a bad validation mode', `${v1}/configmaps?fieldValidation=Maybe`, configMap('x'), [
    'code',
    'reason',
  ]),
  create('a bad dry run', `${v1}/configmaps?dryRun=Some`, configMap('x'), ['code', 'reason']),
  create('no namespace', '/api/v1/configmaps', configMap('x')),
  { ...get('a bad label selector', `${v1}/pods?labelSelector=a%20b`), only: ['code', 'reason'] },
  { ...get('a bad field selector', `${v1}/pods?fieldSelector=spec.foo%3Dbar`), only: ['code', 'reason'] },
  { ...get('a bad continue token', `${v1}/pods?continue=abc`), only: ['code', 'reason'] },
  { ...get('no acceptable type', `${v1}/pods`, 'text/html'), only: ['code', 'reason'] },
  { ...patch('an unknown patch type', `${v1}/configmaps/c1`, 'text/plain', {}), only: ['code', 'reason'] },
  {
    ...patch('a JSON patch that fails', `${v1}/configmaps/c1`, json, [
      { op: 'test', path: '/data/a', value: 'x' },
    ]),
    only: ['code', 'reason'],
  },
];

const changes: readonly ApiCase[] = [
  patch('merge patch', `${v1}/configmaps/c1`, merge, { data: { a: null, c: 'd' } }),
  patch('JSON patch', `${v1}/configmaps/c1`, json, [{ op: 'add', path: '/data/e', value: 'f' }]),
  patch('a patch that changes nothing', `${v1}/configmaps/c1`, merge, { data: { e: 'f' } }),
  patch('strategic patch by container name', `${apps}/deployments/d1`, strategic, {
    spec: { template: { spec: { containers: [{ name: 'main', env: [{ name: 'A', value: 'b' }] }] } } },
  }),
  patch('metadata only', `${apps}/deployments/d1`, merge, { metadata: { labels: { x: 'y' } } }),
  patch('an immutable selector', `${apps}/deployments/d1`, merge, {
    spec: {
      selector: { matchLabels: { app: 'd1', y: 'z' } },
      template: { metadata: { labels: { y: 'z' } } },
    },
  }),
  patch('status through the object', `${apps}/deployments/d1`, merge, { status: { replicas: 3 } }),
  patch('status', `${apps}/deployments/d1/status`, merge, {
    spec: { replicas: 9 },
    status: {
      replicas: 3,
      conditions: [{ type: 'Available', status: 'True', lastTransitionTime: time, lastUpdateTime: time }],
    },
  }),
  get('scale', `${apps}/deployments/d1/scale`),
  patch('patch of scale', `${apps}/deployments/d1/scale`, merge, { spec: { replicas: 4 } }),
  patch('patch of scale below zero', `${apps}/deployments/d1/scale`, merge, { spec: { replicas: -4 } }),
  get('the deployment after scale', `${apps}/deployments/d1`),
  patch('another ClusterIP', `${v1}/services/svc1`, merge, { spec: { clusterIP: 'None' } }),
  {
    ...patch('a fixed field of a pod', `${v1}/pods/p1`, merge, {
      spec: { terminationGracePeriodSeconds: 5 },
    }),
    only: ['code', 'reason'],
  },
  patch('the image of a pod', `${v1}/pods/p1`, strategic, {
    spec: { containers: [{ name: 'main', image: 'nginx:2' }] },
  }),
  patch('another uid', `${v1}/configmaps/c1`, merge, {
    metadata: { uid: '00000000-0000-0000-0000-000000000000' },
  }),
  patch('an old resourceVersion', `${v1}/configmaps/c1`, merge, {
    metadata: { resourceVersion: '1' },
    data: { z: '1' },
  }),
  patch('apply that creates', `${v1}/configmaps/applied?fieldManager=a`, apply, configMap('applied')),
  patch('apply that conflicts', `${v1}/configmaps/applied?fieldManager=b`, apply, {
    ...configMap('applied'),
    data: { a: 'x' },
  }),
  patch('apply by force', `${v1}/configmaps/applied?fieldManager=b&force=true`, apply, {
    ...configMap('applied'),
    data: { a: 'x' },
  }),
  patch(
    'apply of an object with a uid that does not exist',
    `${v1}/configmaps/nowhere?fieldManager=a`,
    apply,
    {
      ...configMap('nowhere', { uid: '00000000-0000-0000-0000-000000000000' }),
    },
  ),
  patch(
    'apply with a version that no object has, which creates',
    `${v1}/configmaps/fresh?fieldManager=a&force=true`,
    apply,
    configMap('fresh', { resourceVersion: '1' }),
  ),
  patch(
    'apply with a version that no object has, to one that exists',
    `${v1}/configmaps/fresh?fieldManager=a&force=true`,
    apply,
    configMap('fresh', { resourceVersion: '1' }),
  ),
  patch('apply to another uid', `${v1}/configmaps/fresh?fieldManager=a&force=true`, apply, {
    ...configMap('fresh', { uid: '00000000-0000-0000-0000-000000000000' }),
  }),
  patch('apply without a manager', `${v1}/configmaps/applied`, apply, configMap('applied')),
  {
    what: 'PUT of a lease that does not exist',
    method: 'PUT',
    path: '/apis/coordination.k8s.io/v1/namespaces/default/leases/made',
    body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'made' }, spec: {} },
  },
  {
    what: 'PUT of a config map that does not exist',
    method: 'PUT',
    path: `${v1}/configmaps/unmade`,
    body: configMap('unmade'),
  },
  {
    what: 'PUT under another name',
    method: 'PUT',
    path: `${v1}/configmaps/c1`,
    body: configMap('c9'),
    only: ['code', 'reason'],
  },
  create('a dry run', `${v1}/configmaps?dryRun=All`, configMap('dry')),
  get('what a dry run left', `${v1}/configmaps/dry`),
  create('a binding', `${v1}/pods/p1/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'p1' },
    target: { kind: 'Node', name: 'n1' },
  }),
  create('a second binding', `${v1}/pods/p1/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'p1' },
    target: { kind: 'Node', name: 'n2' },
  }),
];

const reads: readonly ApiCase[] = [
  get('a list by label', `${apps}/deployments?labelSelector=x%3Dy`),
  get('a list by label set', `${apps}/deployments?labelSelector=x%20in%20(y,z),!q`),
  get('a list by field', `${v1}/pods?fieldSelector=spec.nodeName%3Dn1`),
  get('a page', `${v1}/configmaps?limit=1&labelSelector=none`),
  get('a table of pods', `${v1}/pods`, table),
  get('a table of deployments', `${apps}/deployments`, table),
  get('a table of replica sets', `${apps}/replicasets`, table),
  get('a table of services', `${v1}/services?fieldSelector=metadata.name%3Dsvc3`, table),
  get('a table of config maps', `${v1}/configmaps?fieldSelector=metadata.name%3Dc1`, table),
  get('a table of secrets', `${v1}/secrets`, table),
  get('a table of namespaces', '/api/v1/namespaces?fieldSelector=metadata.name%3Dteam', table),
  { ...get('a table of nodes', '/api/v1/nodes', table), only: ['columnDefinitions'] },
  get('a table of events', `${v1}/events`, table),
  get('a table of slices', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/slice', table),
  get('a table of accounts', `${v1}/serviceaccounts`, table),
  get('a table of leases', '/apis/coordination.k8s.io/v1/namespaces/default/leases', table),
  get('a table of claims', `${v1}/persistentvolumeclaims`, table),
  get('a table of roles', `${rbac}/namespaces/default/roles`, table),
  get('a table of bindings', `${rbac}/namespaces/default/rolebindings`, table),
  get('metadata only', `${v1}/configmaps/c1`, 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'),
];

const deletions: readonly ApiCase[] = [
  remove('a config map', `${v1}/configmaps/c1`),
  remove('a config map that is gone', `${v1}/configmaps/c1`),
  remove('with a wrong uid', `${v1}/secrets/s1`, { preconditions: { uid: 'x' } }),
  remove('foreground', `${apps}/deployments/d1`, { propagationPolicy: 'Foreground' }),
  remove('again, in the background', `${apps}/deployments/d1`, { propagationPolicy: 'Background' }),
  remove('orphaning', `${apps}/replicasets/rs1`, { propagationPolicy: 'Orphan' }),
  remove('an unknown policy', `${apps}/deployments/d2`, { propagationPolicy: 'Sometimes' }),
  remove('a pod that is bound', `${v1}/pods/p1`),
  remove('the same pod again', `${v1}/pods/p1`),
  remove('a pod that is not bound', `${v1}/pods/p2`),
  remove('a pod at once', `${v1}/pods/p1`, { gracePeriodSeconds: 0 }),
  get('the pod after that', `${v1}/pods/p1`),
  remove('a namespace', '/api/v1/namespaces/team'),
  create('an object in a namespace that goes', '/api/v1/namespaces/team/configmaps', configMap('late')),
  remove('the default namespace', '/api/v1/namespaces/default'),
];

export const apiCases: readonly ApiCase[] = [...defaults, ...refusals, ...changes, ...reads, ...deletions];
