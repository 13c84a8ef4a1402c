import { expect, test } from 'vitest';
import { mergeSpecs } from './merge.ts';

const names = (spec: ReturnType<typeof mergeSpecs>): string[] =>
  (spec.template?.containers ?? []).map(({ name }) => name);
const containers = (...list: string[]) => ({ template: { containers: list.map((name) => ({ name })) } });

test.each([
  [['main'], ['foo'], ['foo', 'main']],
  [
    ['A', 'B', 'C'],
    ['B', 'X'],
    ['A', 'B', 'X', 'C'],
  ],
  [['A', 'B', 'C'], ['X'], ['X', 'A', 'B', 'C']],
])('containers %j with %j over them are ordered %j', (base, override, expected) => {
  expect(names(mergeSpecs(containers(...base), containers(...override)))).toEqual(expected);
});

test('keyed lists merge by key, other lists are replaced', () => {
  const base = {
    template: {
      containers: [
        {
          name: 'main',
          image: 'a',
          args: ['x', 'y'],
          env: [{ name: 'A', value: '1' }],
          ports: [{ containerPort: 8000, name: 'http' }],
        },
      ],
      tolerations: [{ key: 'a' }],
    },
  };
  const override = {
    template: {
      containers: [
        {
          name: 'main',
          args: ['z'],
          env: [{ name: 'B', value: '2' }],
          ports: [{ containerPort: 8000, protocol: 'TCP' }],
        },
      ],
      tolerations: [{ key: 'b' }],
    },
  };
  expect(mergeSpecs(base, override)).toEqual({
    template: {
      containers: [
        {
          name: 'main',
          image: 'a',
          args: ['z'],
          env: [
            { name: 'B', value: '2' },
            { name: 'A', value: '1' },
          ],
          ports: [{ containerPort: 8000, name: 'http', protocol: 'TCP' }],
        },
      ],
      tolerations: [{ key: 'b' }],
    },
  });
});

test('absent, null and zero values leave what is below; pointers to zero replace it', () => {
  const base = {
    replicas: 3,
    model: { uri: 'hf://a/b', name: 'x' },
    template: {
      hostNetwork: true,
      containers: [
        { name: 'main', readinessProbe: { initialDelaySeconds: 5 }, securityContext: { runAsNonRoot: true } },
      ],
    },
    router: { scheduler: {} },
  };
  const override = {
    replicas: 0,
    model: { name: '' },
    template: {
      hostNetwork: false,
      containers: [
        {
          name: 'main',
          readinessProbe: { initialDelaySeconds: 0 },
          securityContext: { runAsNonRoot: false },
        },
      ],
    },
    router: null,
    baseRefs: [],
  } as never;
  expect(mergeSpecs(base, override)).toEqual({
    replicas: 0,
    model: { uri: 'hf://a/b', name: 'x' },
    template: {
      hostNetwork: true,
      containers: [
        {
          name: 'main',
          readinessProbe: { initialDelaySeconds: 5 },
          securityContext: { runAsNonRoot: false },
        },
      ],
    },
    router: { scheduler: {} },
  });
});

test('an empty value in a map is a value, as is the absence of a class or a group', () => {
  const claim = { spec: { storageClassName: '', accessModes: ['ReadWriteOnce'] } };
  const override = {
    labels: { tier: '' },
    tracing: { exporter: '' },
    template: {
      nodeSelector: { 'node-role.kubernetes.io/gpu': '' },
      runtimeClassName: '',
      containers: [],
      volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: claim } }],
    },
  };
  const base = {
    labels: { tier: 'gold', team: 'a' },
    template: { runtimeClassName: 'gvisor', nodeSelector: { x: 'y' } },
  };
  expect(mergeSpecs(base as never, override as never)).toEqual({
    labels: { tier: '', team: 'a' },
    tracing: { exporter: '' },
    template: {
      nodeSelector: { 'node-role.kubernetes.io/gpu': '', x: 'y' },
      runtimeClassName: '',
      volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: claim } }],
    },
  });
});

test('lists that are replaced whole keep the empty values in their items', () => {
  const tolerations = [{ key: 'a', operator: 'Equal', value: '' }];
  const rules = [{ filters: [{ type: 'URLRewrite', urlRewrite: { path: { replacePrefixMatch: '' } } }] }];
  const override = { template: { tolerations }, router: { route: { http: { spec: { rules } } } } };
  expect(mergeSpecs({}, override as never)).toEqual(override);
});

test('a volume or variable with another source loses the lower one', () => {
  const base = {
    template: {
      volumes: [
        { name: 'cache', emptyDir: {} },
        { name: 'tmp', emptyDir: {} },
      ],
      containers: [{ name: 'main', env: [{ name: 'A', value: '1' }] }],
    },
  };
  const override = {
    template: {
      volumes: [
        { name: 'cache', persistentVolumeClaim: { claimName: 'c' } },
        { name: 'tmp', emptyDir: { medium: 'Memory' } },
      ],
      containers: [
        { name: 'main', env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] },
      ],
    },
  };
  expect(mergeSpecs(base, override)).toEqual(override);
});

test('the upper scheduler config replaces the lower one whole, with its empty values', () => {
  const base = { router: { scheduler: { config: { ref: { name: 'x', key: 'k' } }, replicas: 2 } } };
  const inline = { plugins: [], note: '' };
  expect(mergeSpecs(base, { router: { scheduler: { config: { inline } } } })).toEqual({
    router: { scheduler: { replicas: 2, config: { inline } } },
  });
});

test('where it is obeyed, $patch: delete takes items of keyed lists away, of any layer below', () => {
  const base = {
    template: {
      containers: [
        {
          name: 'main',
          image: 'a',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
        { name: 'helper', image: 'b' },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
  const remove = (name: string) => ({ name, $patch: 'delete' });
  const override = {
    template: {
      containers: [{ name: 'main', env: [remove('A'), remove('absent')] }, remove('helper')],
      volumes: [remove('tmp'), { name: 'new', emptyDir: {} }],
    },
  };
  expect(mergeSpecs(base, override as never, true)).toEqual({
    template: {
      containers: [{ name: 'main', image: 'a', env: [{ name: 'B', value: '2' }] }],
      volumes: [{ name: 'new', emptyDir: {} }],
    },
  });
  expect(mergeSpecs({}, override as never, true)).toEqual({
    template: { containers: [{ name: 'main', env: [] }], volumes: [{ name: 'new', emptyDir: {} }] },
  });
});

test('merging changes neither layer', () => {
  const base = containers('main');
  const override = containers('main', 'other');
  const before = structuredClone([base, override]);
  mergeSpecs(base, override);
  expect([base, override]).toEqual(before);
});
