import type { Container, Deployment } from '@weir/api/workloads';
import { expect, test } from 'vitest';
import { appliedFor, inputFor } from './fixtures.ts';
import { computeDesired, type DesiredInput, type Observed } from './index.ts';

const ports = ['grpc', 'grpc-health', 'metrics'].map((name, index) => ({
  name,
  containerPort: 9000 + index,
}));
const version = { 'app.kubernetes.io/version': '0.10.0' };

function withPicker(
  main: Partial<Container>,
  scheduler: object = {},
  observed: Partial<Observed> = {},
): DesiredInput {
  const template = { containers: [{ name: 'main', image: 'epp', ports, ...main }] };
  return inputFor({ router: { scheduler: { annotations: version, template, ...scheduler } } }, { observed });
}

function picker(input: DesiredInput): Container | undefined {
  const deployment = appliedFor(input).get('Deployment hello-kserve-router-scheduler') as
    | Deployment
    | undefined;
  return deployment?.spec?.template.spec?.containers[0];
}

function problems(input: DesiredInput): string[] {
  return computeDesired(input).parts.flatMap(({ conditions = [] }) =>
    conditions.map(({ reason, message }) => `${reason}: ${message}`),
  );
}

test('flags that the picker lost move into the configuration that is generated for it', () => {
  const main = picker(
    withPicker({ command: ['/app/epp', '--model-server-metrics-scheme=https', '--secure'] }),
  );
  expect(main?.command).toEqual(['/app/epp', '--secure']);
  expect(main?.args?.[1]).toContain('- type: metrics-data-source\n    parameters:\n      scheme: https\n');
});

test('a configuration in the arguments of the template is migrated in its place', () => {
  const text = 'plugins: [{type: prefill-header-handler}]';
  expect(picker(withPicker({ args: [`--config-text=${text}`, '--v=3'] }))?.args).toEqual([
    '--config-text=plugins:\n  - type: disagg-headers-handler\n',
    '--v=3',
  ]);
  expect(picker(withPicker({ args: ['--v', '3', '-config-text', text] }))?.args).toEqual([
    '--v',
    '3',
    '-config-text',
    'plugins:\n  - type: disagg-headers-handler\n',
  ]);
});

test('a file cannot take up the values of flags: what runs stays, and the message says what to do', () => {
  const input = withPicker({ args: ['--config-file', '/epp.yaml', '--model-server-metrics-path=/m'] });
  expect(picker(input)).toBeUndefined();
  expect(problems(input)).toEqual([
    'SchedulerConfigInvalid: --model-server-metrics-path of spec.router.scheduler.template must become parameters of ' +
      'the configuration, but the configuration file of the template cannot be rewritten — write them there and ' +
      'remove the flags',
  ]);
});

test('a flag whose value the picker would refuse is named, and what runs stays', () => {
  const input = withPicker({ args: ['--model-server-metrics-https-insecure-skip-verify=maybe'] });
  expect(picker(input)).toBeUndefined();
  expect(problems(input)).toEqual([
    'SchedulerConfigInvalid: spec.router.scheduler.template: --model-server-metrics-https-insecure-skip-verify: ' +
      '"maybe" is neither true nor false — correct or remove it',
  ]);
});

test('a version that is none is refused by name', () => {
  const input = withPicker({}, { annotations: { 'app.kubernetes.io/version': 'latest' } });
  expect(problems(input)).toEqual([
    'SchedulerConfigInvalid: spec.router.scheduler.annotations[app.kubernetes.io/version]: "latest" is not a version ' +
      'such as 0.10.0 — correct or remove it',
  ]);
});

test('a configuration that is no object is named by where it stands, and given to the picker all the same', () => {
  const input = withPicker({ args: ['--config-text', 'nonsense'] });
  expect(picker(input)?.args).toEqual(['--config-text', 'nonsense']);
  expect(problems(input)[0]).toMatch(
    /^SchedulerConfigInvalid: spec\.router\.scheduler\.template --config-text: Invalid value: "nonsense": must be an object/,
  );
});

test('a ConfigMap that may be missing gives way to the default', () => {
  const config = { ref: { name: 'cm', optional: true } };
  expect(picker(withPicker({}, { config }))?.args?.[1]).toContain('single-profile-handler');
});

test('a ConfigMap that asks for predicted latencies brings no predictor, which is told', () => {
  const warnings = (text: string, config: object) => {
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm' }, data: { epp: text } };
    const input = withPicker({}, { config }, { schedulerConfigMap: configMap });
    return computeDesired(input).parts.flatMap((part) => (part.warnings ?? []).map(({ reason }) => reason));
  };
  const ref = { name: 'cm' };
  const plugins = 'plugins:\n  - type: ';
  expect(warnings(`${plugins}predicted-latency-producer\n`, { ref })).toEqual(['LatencyPredictorConfigRef']);
  expect(warnings(`${plugins}queue-scorer\n`, { ref })).toEqual([]);
  const inline = { apiVersion: 'llm-d.ai/v1alpha1', plugins: [{ type: 'predicted-latency-producer' }] };
  expect(warnings('', { inline })).toEqual([]);
});

test('what llm-d has and ours has not built yet is no defect', () => {
  const plugins = [{ type: 'token-load-scorer' }, { type: 'qeue-scorer' }];
  const config = { inline: { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig', plugins } };
  const [problem = ''] = problems(withPicker({}, { config }));
  expect(problem).toContain('config.inline.plugins[1].type');
  expect(problem).not.toContain('token-load-scorer');
});

test('a picker without its container or ports says which are missing', () => {
  expect(problems(withPicker({ name: 'epp' }))[0]).toContain(
    'no container of spec.router.scheduler.template is called "main"',
  );
  expect(problems(withPicker({ ports: [] }))[0]).toContain(
    'SchedulerPortMismatch: no container of spec.router.scheduler.template has a port named grpc, grpc-health, metrics',
  );
});

test('prefill pods bring the configuration of disaggregation, and taking them away the other one', () => {
  const { spec } = withPicker({});
  const split = inputFor({ ...spec, prefill: {} });
  expect(picker(split)?.args?.[1]).toContain('disagg-profile-handler');
  const running = {
    kind: { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  };
  const live = { ...running, object: appliedFor(split).get('Deployment hello-kserve-router-scheduler') };
  const back = withPicker({}, {}, { children: [live] as unknown as Observed['children'] });
  expect(picker(back)?.args?.[1]).not.toContain('disagg-profile-handler');
});

test('the account of the picker takes over what the account of the engines may read, else the default one', () => {
  const serviceAccounts = [
    { name: 'default', secrets: [{ name: 'hub' }] },
    { name: 'engines', secrets: [{ name: 'bucket' }], imagePullSecrets: [{ name: 'images' }] },
  ].map(({ name, ...rest }) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'demo', annotations: { of: name } },
    ...rest,
  }));
  const accountOf = (serviceAccountName?: string) => {
    const input = withPicker({ image: 'epp' }, {}, { serviceAccounts });
    const template = { containers: [{ name: 'main' }], ...(serviceAccountName && { serviceAccountName }) };
    const spec = { ...input.spec, template };
    return appliedFor({ ...input, spec }).get('ServiceAccount hello-epp-sa');
  };
  expect(accountOf()).toMatchObject({ secrets: [{ name: 'hub' }] });
  expect(accountOf()?.metadata.annotations).toBeUndefined();
  expect(accountOf('engines')).toMatchObject({
    metadata: { annotations: { of: 'engines' } },
    secrets: [{ name: 'bucket' }],
    imagePullSecrets: [{ name: 'images' }],
  });
});

test('a picker of somebody else gets no account and no rights of ours', () => {
  const kinds = [...appliedFor(withPicker({}, { pool: { ref: { name: 'theirs' } } })).keys()];
  expect(kinds.filter((kind) => kind.includes('-epp-'))).toEqual([]);
});

test('two containers of the picker with a port of one name give its Service one', () => {
  const template = {
    containers: [
      { name: 'main', image: 'epp', ports },
      { name: 'exporter', image: 'x', ports: [{ name: 'metrics', containerPort: 9999 }] },
    ],
  };
  const service = appliedFor(inputFor({ router: { scheduler: { template } } })).get(
    'Service hello-epp-service',
  );
  expect(service).toMatchObject({
    spec: {
      ports: [
        { name: 'grpc', port: 9000, targetPort: 'grpc', protocol: 'TCP' },
        { name: 'grpc-health', port: 9001, targetPort: 'grpc-health', protocol: 'TCP' },
        { name: 'metrics', port: 9999, targetPort: 'metrics', protocol: 'TCP' },
      ],
    },
  });
});
