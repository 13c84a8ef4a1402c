import { failureStatus, type KubeObject, type KubeStatus } from '@weir/api/meta';
import type { LLMInferenceService, LLMInferenceServiceSpec } from '@weir/api/serving';
import { Client, type Fetch } from '@weir/kube';
import { expect, test } from 'vitest';
import type { Combined } from './config/combine.ts';
import { SpecValidator } from './spec-validator.ts';

const signal = new AbortController().signal;
const service: LLMInferenceService = {
  apiVersion: 'serving.kserve.io/v1alpha2',
  kind: 'LLMInferenceService',
  metadata: { namespace: 'demo', name: 'hello', labels: { team: 'red' } },
};
const base: LLMInferenceServiceSpec = { replicas: -1, template: { containers: [{ name: 'main' }] } };
const spec: LLMInferenceServiceSpec = { ...base, model: { uri: 'hf://a/b', name: 'm' } };
const combined: Extract<Combined, { type: 'combined' }> = {
  type: 'combined',
  spec,
  layers: [
    { source: 'Preset', namespace: 'kserve', name: 'p', spec: {} },
    { source: 'UserRef', namespace: 'demo', name: 'base', spec: base },
    { source: 'Service', namespace: 'demo', name: 'hello', spec: { model: { uri: 'hf://a/b', name: 'm' } } },
  ],
  appliedConfigs: [
    { source: 'Preset', namespace: 'kserve', name: 'p' },
    { source: 'UserRef', namespace: 'demo', name: 'base' },
  ],
  pins: {},
};
const prefix = 'dry-run validation failed after merging configs [Preset:kserve/p, UserRef:demo/base]: ';

/** A server that gives the answers in order, the last one for ever. */
function serverWith(...answers: (KubeStatus | Error | null)[]): {
  readonly validator: SpecValidator;
  readonly asked: { readonly path: string; readonly object: KubeObject }[];
} {
  const asked: { path: string; object: KubeObject }[] = [];
  const fetch: Fetch = async (path, init = {}) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? null;
    const object = JSON.parse(String(init.body)) as KubeObject;
    asked.push({ path, object });
    if (answer instanceof Error) throw answer;
    return Response.json(answer ?? object, { status: answer?.code ?? 201 });
  };
  return { validator: new SpecValidator(new Client({ fetch, fieldManager: 'test' })), asked };
}

test('the server is asked to create the merged spec under a generated name, without doing it', async () => {
  const { validator, asked } = serverWith(null);
  const { combined: accepted } = await validator.validate(service, combined, signal);
  expect(accepted).toMatchObject({ type: 'combined', spec, validated: expect.stringMatching(/^\w{10}$/) });
  expect(asked).toEqual([
    {
      path: '/apis/serving.kserve.io/v1alpha2/namespaces/demo/llminferenceservices?fieldManager=test&dryRun=All',
      object: {
        apiVersion: 'serving.kserve.io/v1alpha2',
        kind: 'LLMInferenceService',
        metadata: {
          namespace: 'demo',
          generateName: 'hello-validation-',
          annotations: { 'weir.dev/validation': 'kserve', 'weir.dev/merged-spec-of': 'hello' },
        },
        spec,
      },
    },
  ]);
});

test('the candidate has the defaults that admission gives', async () => {
  const { validator, asked } = serverWith(null);
  const router = { route: { group: 'g', weight: 1 }, scheduler: { template: {} } };
  const routed = { ...combined, spec: { ...spec, router } };
  const verdict = await validator.validate(service, routed, signal);
  expect(verdict.combined).toMatchObject({ type: 'combined', spec: routed.spec });
  expect(asked).toMatchObject([
    {
      object: {
        metadata: { labels: { 'serving.kserve.io/routing-group': 'g' } },
        spec: { router: { scheduler: { template: { containers: [] } } } },
      },
    },
  ]);
});

test('what the server made of the spec is held to our rules in place of our webhook', async () => {
  const fetch: Fetch = async (_path, init = {}) => {
    const object = JSON.parse(String(init.body)) as KubeObject;
    const made = { ...object.metadata, name: 'hello-validation-abcde' };
    return Response.json({ ...object, metadata: made, spec: { ...spec, router: { route: { http } } } });
  };
  const http = { refs: [{ name: 'r' }], spec: { rules: [] } };
  const validator = new SpecValidator(new Client({ fetch, fieldManager: 'test' }));
  const verdict = await validator.validate(service, combined, signal);
  expect(verdict).toMatchObject({
    unavailable: null,
    combined: {
      type: 'failed',
      reason: 'InvalidRenderedConfig',
      message:
        `${prefix}spec.router.route.http: Invalid value: {"refs":[{"name":"r"}],"spec":{"rules":[]}}: ` +
        "unsupported configuration: cannot use both custom HTTPRoute refs ('spec.router.route.http.refs') " +
        "and an inline route spec ('spec.router.route.http.spec'); choose one",
    },
  });
});

test('what the status says was taken is not asked again, another spec is', async () => {
  const { validator, asked } = serverWith(null);
  const first = await validator.validate(service, combined, signal);
  const validated = first.combined.type === 'combined' ? (first.combined.validated ?? '') : '';
  const known = { ...service, status: { annotations: { 'weir.dev/validated-spec': validated } } };
  const again = serverWith(null);
  expect(await again.validator.validate(known, combined, signal)).toEqual(first);
  expect(again.asked).toEqual([]);
  await validator.validate(known, { ...combined, spec: { ...spec, replicas: 2 } }, signal);
  expect(asked).toHaveLength(2);
});

test('a spec that did not compose is not asked about', async () => {
  const { validator, asked } = serverWith(null);
  const failed: Combined = { type: 'failed', reason: 'ConfigNotFound', message: 'x', appliedConfigs: [] };
  expect(await validator.validate(service, failed, signal)).toEqual({ combined: failed, unavailable: null });
  expect(asked).toEqual([]);
});

const causes = [
  { field: '<nil>', message: 'Invalid value: null: some validation rules were not checked', reason: '' },
  { field: 'spec.template.containers[0].image', message: 'Required value', reason: 'FieldValueRequired' },
  { field: 'spec.replicas', message: 'Invalid value: -1: too low', reason: 'FieldValueInvalid' },
];

test.each([
  [
    'causes in any order, each with its field and origin',
    failureStatus(422, 'Invalid', 'hello-validation-abcde is invalid', { causes }),
    'spec.replicas: Invalid value: -1: too low (set in UserRef:demo/base); ' +
      'spec.template.containers[0].image: Required value (set in UserRef:demo/base)',
  ],
  [
    'the object as a whole',
    failureStatus(422, 'Invalid', 'm', { causes: [{ field: '<nil>', message: 'no' }] }),
    'no',
  ],
  [
    'no cause: the message, without the name that is another each time',
    failureStatus(422, 'Invalid', 'admission webhook denied hello-validation-x7k2p'),
    'admission webhook denied hello-validation-…',
  ],
])('422 refuses the spec: %s', async (_what, answer, text) => {
  const verdict = await serverWith(answer).validator.validate(service, combined, signal);
  expect(verdict).toMatchObject({
    unavailable: null,
    combined: {
      type: 'failed',
      reason: 'InvalidRenderedConfig',
      message: prefix + text,
      presets: ['p'],
      appliedConfigs: combined.appliedConfigs,
    },
  });
});

test('a refused spec is asked about again, after five minutes at the latest: the rule may be gone', async () => {
  const { validator, asked } = serverWith(failureStatus(422, 'Invalid', 'no'), null);
  const refused = await validator.validate(service, combined, signal);
  expect(refused).toMatchObject({ combined: { type: 'failed' }, againMs: 300_000 });
  const taken = await validator.validate(service, combined, signal);
  expect(taken.combined.type).toBe('combined');
  expect(taken.againMs).toBeUndefined();
  expect(asked).toHaveLength(2);
});

test.each([
  [500, failureStatus(500, 'InternalError', 'failed calling webhook'), 'failed calling webhook'],
  [
    403,
    failureStatus(403, 'Forbidden', 'llminferenceservices "hello-validation-abc12" is forbidden: quota'),
    'llminferenceservices "hello-validation-…" is forbidden: quota',
  ],
  [404, failureStatus(404, 'NotFound', 'namespaces "demo" not found'), 'namespaces "demo" not found'],
  [
    'no answer in time',
    new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
    'The operation was aborted due to timeout',
  ],
  [
    'no answer',
    new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
    expect.stringContaining('connect ECONNREFUSED'),
  ],
])('%s says nothing about the spec', async (_code, answer, text) => {
  const { combined: failed, unavailable } = await serverWith(answer).validator.validate(
    service,
    combined,
    signal,
  );
  expect(unavailable).toBeInstanceOf(Error);
  expect(failed).toMatchObject({ type: 'failed', reason: 'ValidationUnavailable', presets: ['p'] });
  const message = failed.type === 'failed' ? failed.message : '';
  expect(message.startsWith(prefix)).toBe(true);
  expect(message.slice(prefix.length)).toEqual(text);
});

test('failures of one kind read alike until another kind or an answer comes', async () => {
  const busy = (port: number): KubeStatus => failureStatus(500, 'InternalError', `read tcp :${port}: reset`);
  const away = failureStatus(503, 'ServiceUnavailable', 'away');
  const { validator } = serverWith(busy(1), busy(2), away, null, busy(3));
  const messages: string[] = [];
  for (let i = 0; i < 5; i++) {
    const { combined: one } = await validator.validate(service, combined, signal);
    messages.push(one.type === 'failed' ? one.message.slice(prefix.length) : 'taken');
  }
  expect(messages).toEqual([
    'read tcp :1: reset',
    'read tcp :1: reset',
    'away',
    'taken',
    'read tcp :3: reset',
  ]);
});

test('a controller that stops takes no part answer for a failure', async () => {
  const stop = new AbortController();
  const fetch: Fetch = async () => {
    stop.abort();
    throw stop.signal.reason;
  };
  const validator = new SpecValidator(new Client({ fetch, fieldManager: 'test' }));
  await expect(validator.validate(service, combined, stop.signal)).rejects.toThrow('aborted');
});
