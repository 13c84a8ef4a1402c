import type { KubeObject } from '@weir/api/meta';
import { servingResources } from '@weir/api/serving';
import { expect, test } from 'vitest';
import { createServingAdmission } from './admission.ts';

const servingAdmission = createServingAdmission({ systemNamespace: 'kserve' });

async function review(
  kind: keyof typeof servingResources,
  spec: unknown,
  annotations: Record<string, string> = {},
) {
  const resource = servingResources[kind];
  const object = {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: resource.kind,
    metadata: { name: 'x', annotations },
    spec,
  };
  const plugin = servingAdmission.find((one) => one.matches(resource, ''));
  const request = {
    operation: 'CREATE' as const,
    kind: resource,
    object: object as KubeObject,
    oldObject: null,
    dryRun: false,
  };
  return plugin?.review(request);
}

test('a plugin looks at its own kind only, and not at status', () => {
  expect(servingAdmission.map((one) => one.matches(servingResources.services, ''))).toEqual([true, false]);
  expect(servingAdmission.map((one) => one.matches(servingResources.services, 'status'))).toEqual([
    false,
    false,
  ]);
});

test('a scheme that cannot be served is refused at the door', async () => {
  const result = await review('services', { model: { uri: 'ftp://host/m' } });
  expect(result?.errors).toMatchObject([{ type: 'Invalid', path: 'spec.model.uri', value: 'ftp://host/m' }]);
});

test('a Config whose template cannot be parsed is forbidden, with the place', async () => {
  const spec = { template: { containers: [{ name: 'main', env: [{ name: 'A', value: 'x {{ if }}' }] }] } };
  expect(await review('configs', spec)).toEqual({
    forbidden: expect.stringMatching(
      /^spec\.template\.containers\[main\]\.env\[A\]\.value: Invalid value: .*\(line 1, column \d+\)$/,
    ),
  });
});

test('a Config whose templates quote text as KServe cannot read it is forbidden', async () => {
  const named = (name: string) => review('configs', { model: { name } });
  expect(await named('{{ ChildName .Name `-x` }} and "more"')).toEqual({});
  expect(await named('{{ ChildName .Name "-x" }}')).toEqual({
    forbidden: expect.stringContaining(
      'unexpected "\\\\" in operand — write text in back-quotes, as in `text` (line 1, column 20)',
    ),
  });
});

test('a Config may use what only some services have', async () => {
  expect(await review('configs', { model: { name: '{{ .Labels.team }}' } })).toEqual({});
});

test('an endpoint picker configuration that ours cannot read is let in with a warning for each defect', async () => {
  const inline = {
    apiVersion: 'llm-d.ai/v1alpha1',
    kind: 'EndpointPickerConfig',
    plugins: [{ type: 'qeue-scorer' }],
  };
  const result = await review('services', {
    model: { uri: 'hf://a/b', name: 'm' },
    router: { scheduler: { config: { inline } } },
  });
  expect(result?.errors).toBeUndefined();
  expect(result?.warnings).toEqual([
    expect.stringMatching(/^spec\.router\.scheduler\.config\.inline\.plugins\[0\]\.type: .*qeue-scorer/),
  ]);
});

test('with validation strict, defects of the picker configuration are refused', async () => {
  const inline = { apiVersion: 'llm-d.ai/v1alpha1', kind: 'EndpointPickerConfig', plugins: [{ type: 'x' }] };
  const spec = { model: { uri: 'hf://a/b', name: 'm' }, router: { scheduler: { config: { inline } } } };
  const result = await review('services', spec, { 'weir.dev/validation': 'strict' });
  expect(result?.errors?.map(({ path }) => path)).toEqual([
    'spec.router.scheduler.config.inline.plugins[0].type',
  ]);
});

test('the platform sets the level, and a service may set its own', async () => {
  const admission = createServingAdmission({ systemNamespace: 'kserve', validation: 'kserve' });
  const object = (annotations: Record<string, string>): KubeObject =>
    ({
      apiVersion: 'serving.kserve.io/v1alpha2',
      kind: 'LLMInferenceService',
      metadata: { name: 'x', annotations },
      spec: { model: { uri: 'ftp://host/m', name: 'm' } },
    }) as KubeObject;
  const request = {
    operation: 'CREATE',
    kind: servingResources.services,
    oldObject: null,
    dryRun: false,
  } as const;
  expect(await admission[0]?.review({ ...request, object: object({}) })).toEqual({
    warnings: [expect.stringContaining('unsupported scheme "ftp"')],
  });
  const strict = await admission[0]?.review({
    ...request,
    object: object({ 'weir.dev/validation': 'strict' }),
  });
  expect(strict?.errors).toMatchObject([{ path: 'spec.model.uri' }]);
});

test('the form of a URI is that of its scheme, for adapters too', async () => {
  const lora = {
    adapters: [
      { name: 'a', uri: 'hf://alone' },
      { name: 'b', uri: 'pvc://claim/b' },
    ],
  };
  const result = await review('services', { model: { uri: 'hf://org/model/extra', name: 'm', lora } });
  expect(result?.errors?.map(({ path }) => path)).toEqual([
    'spec.model.uri',
    'spec.model.lora.adapters[0].uri',
  ]);
});
