import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, hasComponents, type LocalPlatform } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadInputTarget, post, serviceOf } from './bad-input-target.ts';

/** What users get wrong: each mistake is named with the way out, and nothing that works is touched. */
describe.skipIf(!hasComponents('kubectl'))('bad input', () => {
  // Pods have a /tmp of their own, and see models of this machine's all the same.
  const models = mkdtempSync(path.join(tmpdir(), 'weir-bad-models-'));
  let target: BadInputTarget;

  beforeAll(async () => {
    target = await BadInputTarget.start();
  });
  afterAll(async () => {
    await target?.platform.stop();
    rmSync(models, { recursive: true, force: true });
  });

  describe('in a manifest', () => {
    const model = { uri: 'builtin://tiny-random' };
    // Both of the same layer: as on a real server, what the schema refuses is told before any rule is asked.
    const twoMistakes = {
      model: { uri: 'ftp://host/model' },
      router: { route: { http: { refs: [{ name: 'mine' }], spec: {} } } },
    };

    test.each<[string, unknown, string[]]>([
      ['an unknown field', { modle: model }, ['strict decoding error: unknown field "spec.modle"']],
      [
        'unknown fields deep inside',
        { model: { ...model, nmae: 'x' }, template: { containers: [{ name: 'main', imag: 'x' }] } },
        ['unknown field "spec.model.nmae"', 'unknown field "spec.template.containers[0].imag"'],
      ],
      [
        'text for a number',
        { model, replicas: 'two' },
        ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer'],
      ],
      [
        'text for an object',
        { model: 'hf://org/name' },
        ['spec.model: Invalid value: "string": spec.model in body must be of type object'],
      ],
      ['a negative number', { model, replicas: -1 }, ['spec.replicas: Invalid value: -1']],
      [
        'a scheme that nobody supports',
        { model: { uri: 'ftp://host/model' } },
        ['spec.model.uri: Invalid value: "ftp://host/model": unsupported scheme "ftp" — supported: hf://'],
      ],
      ['a model without a scheme', { model: { uri: 'org/name' } }, ['no scheme — use hf://']],
      [
        'several mistakes, told at once',
        twoMistakes,
        ['spec.router.route.http: Invalid value', 'spec.model.uri: Invalid value'],
      ],
    ])('%s is refused by kubectl apply', async (_what, spec, texts) => {
      for (const flags of [[], ['--server-side']]) {
        const result = await target.platform.kubectl(['apply', ...flags, '-f', '-'], serviceOf('bad', spec));
        expect(result.exitCode).toBe(1);
        for (const text of texts) expect(result.stderr).toContain(text);
      }
      const found = await target.platform.kubectl(['get', 'llmisvc', 'bad']);
      expect(found.stderr).toContain('llminferenceservices.serving.kserve.io "bad" not found');
    });

    test('field errors come as causes of a 422 with their fields', async () => {
      const manifest = serviceOf('bad', twoMistakes);
      const result = await target.platform.kubectl(['create', '-v=10', '-f', '-'], manifest);
      const status = JSON.parse(/^\t(\{"kind":"Status".*\})$/m.exec(result.stderr)?.[1] ?? '{}');
      expect(status).toMatchObject({ reason: 'Invalid', code: 422 });
      expect(status.details.causes.map((cause: { field: string }) => cause.field)).toEqual([
        'spec.router.route.http',
        'spec.model.uri',
      ]);
    });

    test('an unknown field is a warning for those who ask for one', async () => {
      const manifest = serviceOf('warned', { model: { ...model, nmae: 'x' } });
      const argv = ['apply', '--validate=warn', '--dry-run=server', '-f', '-'];
      const result = await target.platform.kubectl(argv, manifest);
      expect(result).toMatchObject({ exitCode: 0, stderr: 'Warning: unknown field "spec.model.nmae"\n' });
    });

    test('a change that is refused leaves the object as it was', async () => {
      const before = await target.platform.kubectl(['get', 'llmisvc', 'good', '-o', 'jsonpath={.spec}']);
      const patches = [{ spec: { replicas: 'many' } }, { spec: { model: { uri: 'ftp://x' } } }];
      for (const patch of patches) {
        const argv = ['patch', 'llmisvc', 'good', '--type=merge', '-p', JSON.stringify(patch)];
        expect((await target.platform.kubectl(argv)).exitCode).toBe(1);
      }
      expect(
        (await target.platform.kubectl(['get', 'llmisvc', 'good', '-o', 'jsonpath={.spec}'])).stdout,
      ).toBe(before.stdout);
      await target.expectGoodUnharmed();
    });
  });

  describe('that only shows when things run', () => {
    const model = { uri: 'builtin://tiny-random' };
    const container = (fields: Record<string, unknown>): unknown => ({
      model,
      template: { containers: [{ name: 'main', ...fields }] },
    });
    const cut = path.join(models, 'cut.gguf');
    const mistakes: readonly [name: string, spec: unknown, reason: string, texts: readonly string[]][] = [
      [
        'missing-base',
        { model, baseRefs: [{ name: 'kserve-config-llm-templte' }] },
        'ConfigNotFound',
        [
          '"kserve-config-llm-templte" not found in namespaces [default kserve]',
          'did you mean "kserve-config-llm-template"',
        ],
      ],
      [
        'no-spec',
        undefined,
        'InvalidRenderedConfig',
        ['spec.model.uri: Required value', 'set spec.model.uri'],
      ],
      [
        'foreign-child',
        { model },
        'ReconcileSingleNodeWorkloadError',
        ['Deployment default/foreign-child-kserve exists and is not controlled by', 'delete or rename it'],
      ],
      [
        'unknown-image',
        { model, template: { containers: [{ name: 'main' }, { name: 'extra', image: 'acme/tool:1' }] } },
        'ImageNotRunnableLocally',
        ['Container extra of pod unknown-image-', 'image "acme/tool:1"', "--image-map 'acme/tool=PROGRAM'"],
      ],
      [
        'unknown-command',
        container({ command: ['/opt/none/engine'] }),
        'EngineCrash',
        ['exec: "/opt/none/engine"', 'correct its command in spec.template.containers'],
      ],
      [
        'unknown-flag',
        container({ args: ['--prt', '1'] }),
        'EngineCrash',
        ['ended with exit code 2', 'unrecognized arguments: --prt'],
      ],
      [
        'no-model',
        { model: { uri: `file://${models}/none.gguf` } },
        'ModelNotFound',
        [`${models}/none.gguf does not exist on this machine`],
      ],
      [
        'cut-model',
        { model: { uri: `file://${cut}` } },
        'EngineCrash',
        ['ended with exit code 1', 'cut.gguf', 'cut short'],
      ],
      ['unknown-builtin', { model: { uri: 'builtin://tiny-randon' } }, 'ModelNotFound', ['tiny-random']],
    ];

    beforeAll(async () => {
      writeFileSync(cut, readFileSync(await modelOf(target.platform, 'good')).subarray(0, 100_000));
      const foreign = [
        'create',
        'deployment',
        'foreign-child-kserve',
        '--image=vllm/vllm-openai',
        '--replicas=0',
      ];
      expect((await target.platform.kubectl(foreign)).exitCode).toBe(0);
      const manifests = mistakes.map(([name, spec]) => serviceOf(name, spec)).join('\n---\n');
      expect((await target.platform.kubectl(['apply', '-f', '-'], manifests)).stderr).toBe('');
    });
    afterAll(async () => {
      const names = mistakes.map(([name]) => name);
      expect(
        (await target.platform.kubectl(['delete', 'llmisvc', ...names, '--timeout=110s'])).exitCode,
      ).toBe(0);
    });

    test.each(mistakes)('%s', async (name, _spec, reason, texts) => {
      const wanted = `${reason}: ${texts.join(' … ')}`;
      const told = await eventually(`${name} to say ${wanted}`, async () => {
        const found = await readyConditionOf(target.platform, name);
        const isTold = found.startsWith(`False ${reason}: `) && texts.every((text) => found.includes(text));
        return isTold ? found : Promise.reject(new Error(found));
      });
      expect(told.length).toBeLessThan(560);
    });

    test('the object of somebody else is as it was, and the service that works works', async () => {
      const argv = [
        'get',
        'deploy',
        'foreign-child-kserve',
        '-o',
        'jsonpath={.spec.replicas} {.metadata.ownerReferences}',
      ];
      expect((await target.platform.kubectl(argv)).stdout.trim()).toBe('0');
      await target.expectGoodUnharmed();
    });

    test('a service is repaired by correcting the mistake', async () => {
      const base = JSON.stringify({
        apiVersion: 'serving.kserve.io/v1alpha1',
        kind: 'LLMInferenceServiceConfig',
        metadata: { name: 'kserve-config-llm-templte', namespace: 'default' },
        spec: {},
      });
      expect((await target.platform.kubectl(['apply', '-f', '-'], base)).exitCode).toBe(0);
      const repaired = serviceOf('unknown-command', container({ command: null }));
      expect((await target.platform.kubectl(['apply', '-f', '-'], repaired)).stderr).toBe('');
      for (const name of ['missing-base', 'unknown-command']) await target.untilReady(name);
    });
  });

  describe('in a request', () => {
    const chat = (): string => `${target.endpoint}/chat/completions`;
    const anywhere = (): string => `${target.gateway}/v1/chat/completions`;

    test.each<[string, () => Promise<Response>, number, RegExp]>([
      [
        'an unknown model',
        () => target.ask({ model: 'tinny' }),
        404,
        /`tinny` does not exist — did you mean `tiny`\?/,
      ],
      [
        'an unknown model on the path of all models',
        () => target.ask({ model: 'publishers/default/models/tinny' }, anywhere()),
        404,
        /did you mean "publishers\/default\/models\/tiny"\?/,
      ],
      ['JSON that ends early', () => post(chat(), '{"model":"tiny","messages":['), 400, /not valid JSON/],
      [
        'JSON that ends early on the path of all models',
        () => post(anywhere(), '{"model":'),
        400,
        /not valid JSON/,
      ],
      ['no body', () => post(chat(), ''), 400, /not valid JSON/],
      ['a list', () => post(chat(), '[]'), 400, /JSON object/],
      ['messages that are none', () => target.ask({ messages: 'x' }), 400, /messages/],
      ['text for a number', () => target.ask({ max_tokens: 'x' }), 400, /max_tokens: must be a number/],
      [
        'a number out of its range',
        () => target.ask({ temperature: -1 }),
        400,
        /temperature: must be at least 0/,
      ],
      [
        'another content type',
        () => post(chat(), '{"model":"tiny","messages":[{"role":"user","content":"x"}]}', 'text/csv'),
        415,
        /send JSON/,
      ],
      [
        'a body over the limit',
        () => post(chat(), `{"prompt":"${'x'.repeat(9e6)}"}`),
        413,
        /larger than the limit/,
      ],
      [
        'a path that nobody serves',
        () => post(`${target.gateway}/nowhere/v1/chat/completions`, '{}'),
        404,
        /known paths/,
      ],
      [
        'a path that the engine does not have',
        () => post(`${target.endpoint}/nothing`, '{}'),
        404,
        /no such path/,
      ],
      ['another method', () => fetch(chat()), 405, /allowed: POST/],
    ])('%s gets an error in OpenAI shape', async (_what, send, status, message) => {
      const response = await send();
      expect(response.status).toBe(status);
      expect(response.headers.get('x-request-id')).toBeTruthy();
      expect(await response.json()).toEqual({
        error: {
          message: expect.stringMatching(message),
          type: expect.any(String),
          param: expect.toSatisfy((param) => param === null || typeof param === 'string'),
          code: expect.toSatisfy((code) => code === status || typeof code === 'string'),
        },
      });
    });

    test('a client that sends half a request and leaves harms nobody', async () => {
      const stop = new AbortController();
      const half = new ReadableStream({ start: (stream) => stream.enqueue(Buffer.from('{"model":')) });
      const sending = fetch(chat(), {
        method: 'POST',
        body: half,
        duplex: 'half',
        signal: stop.signal,
      } as RequestInit);
      setTimeout(() => stop.abort(), 100);
      await expect(sending).rejects.toThrow();
      await target.expectGoodUnharmed();
    });
  });
});

/** `False Reason: message` of the condition Ready. */
async function readyConditionOf(platform: LocalPlatform, name: string): Promise<string> {
  const condition = '{range .status.conditions[?(@.type=="Ready")]}{.status} {.reason}: {.message}{end}';
  const { stdout } = await platform.kubectl(['get', 'llmisvc', name, '-o', `jsonpath=${condition}`]);
  return stdout;
}

/** Path of the model file in the volume of a running pod of the service. */
async function modelOf(platform: LocalPlatform, name: string): Promise<string> {
  const argv = ['get', 'pods', '-l', `app.kubernetes.io/name=${name},kserve.io/component=workload`];
  const { stdout } = await platform.kubectl([...argv, '-o', 'jsonpath={.items[0].metadata.uid}']);
  const pod = path.join(platform.home, 'kubelet', 'pods', stdout);
  const found = readdirSync(pod, { recursive: true, encoding: 'utf8' }).find((file) =>
    file.endsWith('model.gguf'),
  );
  if (found === undefined) throw new Error(`no model in ${pod}`);
  return path.join(pod, found);
}
