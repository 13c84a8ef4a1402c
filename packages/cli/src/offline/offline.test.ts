import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliContext } from '../context.ts';
import { type RenderOptions, render } from './render.ts';
import type { SurroundingsOptions } from './surroundings.ts';
import { validate } from './validate.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'weir-offline-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const service = (spec: string, version = 'v1alpha1'): string =>
  `apiVersion: serving.kserve.io/${version}\nkind: LLMInferenceService\nmetadata: {name: a, namespace: demo}\nspec: ${spec}\n`;
const config = (spec: string): string =>
  `apiVersion: serving.kserve.io/v1alpha1\nkind: LLMInferenceServiceConfig\nmetadata: {name: std, namespace: demo}\nspec: ${spec}\n`;

async function run(
  command: (context: CliContext, options: RenderOptions & SurroundingsOptions) => Promise<number>,
  text: string,
  more: Partial<RenderOptions> = {},
): Promise<{ code: number; out: string; err: string }> {
  const file = path.join(folder, 'input.yaml');
  writeFileSync(file, text);
  const output = { out: '', err: '' };
  const sink = (key: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk, _, done) {
        output[key] += String(chunk);
        done();
      },
    });
  const context: CliContext = {
    env: {},
    stdin: Readable.from([]),
    stdout: sink('out'),
    stderr: sink('err'),
    signal: new AbortController().signal,
  };
  const code = await command(context, { filename: [file], systemNamespace: 'kserve', ...more });
  return { code, ...output };
}

/** Both layers are valid; together they break a rule of the definition. */
const mergesWrong = `${service('{model: {uri: "hf://a/b"}, baseRefs: [{name: std}], scaling: {maxReplicas: 5, keda: {triggers: [{type: cron, metadata: {}}]}}}', 'v1alpha2')}---\n${config('{scaling: {wva: {hpa: {}}, maxReplicas: 2}}')}`;

describe('weir validate', () => {
  test('a service with a Config beside it is valid', async () => {
    const text = `${service('{model: {uri: "hf://a/b"}, baseRefs: [{name: std}]}')}---\n${config('{replicas: 2}')}`;
    expect(await run(validate, text)).toEqual({
      code: 0,
      out: 'LLMInferenceService demo/a: valid\nLLMInferenceServiceConfig demo/std: valid\n',
      err: '',
    });
  });

  test.each([
    [
      service('{modle: {}, model: {uri: "hf://a/b"}}'),
      'LLMInferenceService demo/a: spec.modle: unknown field "spec.modle" (BadRequest)\n  fix: did you mean "model"?\n',
    ],
    [
      service('{model: {uri: "hf://a/b"}, replicas: x}'),
      'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string" (Invalid)',
    ],
    [
      service('{model: {uri: "hf://a/b"}, baseRefs: [{name: std}]}'),
      'LLMInferenceServiceConfig "std" not found in namespaces [demo kserve] (ConfigNotFound)',
    ],
    [
      `${service('{model: {uri: "hf://a/b"}, baseRefs: [{name: std}]}')}---\n${config('{template: {containers: [{name: main, env: [{name: A, value: "{{ .Labels.team }}"}]}]}}')}`,
      'spec.template.containers[main].env[A].value: .Labels has no key "team" (line 1, column 4), in UserRef:demo/std (CombineBaseError)',
    ],
    [
      mergesWrong,
      'LLMInferenceService demo/a: spec.scaling: Invalid value: {"keda":{"triggers":[{"metadata":{},"type":"cron"}]},"maxReplicas":5,"minReplicas":1,"wva":{"hpa":{},"variantCost":"10.0"}}: ' +
        'wva and keda are mutually exclusive; choose one scaling mechanism, set in UserRef:demo/std and the service itself (InvalidRenderedConfig)\n' +
        '  fix: remove wva or keda\n',
    ],
    [
      service('{model: {uri: "hf://a/b"}, template: {containers: [{name: main, image: null}]}}').replace(
        'demo}',
        'demo, annotations: {weir.dev/merge: v2}}',
      ),
      'LLMInferenceService demo/a: spec.template.containers[0].image: API servers drop null before it is merged, so that it unsets nothing (NotSupported)\n' +
        '  fix: leave the field out in every layer; items of lists go with $patch: delete (weir.dev/merge: v2)\n',
    ],
    [config('{model: {uri: "", name: "{{ .Nmae }}"}}'), 'fix: did you mean ".Name"?'],
    [service('{model: {uri: "hf://a/b"}}', 'v9'), 'apiVersion: Invalid value: "serving.kserve.io/v9"'],
  ])('%j', async (text, expected) => {
    const { code, out } = await run(validate, text);
    expect({ code, out }).toEqual({ code: 2, out: expect.stringContaining(expected) });
  });

  test('a field that is null is warned of', async () => {
    const { code, out } = await run(validate, config('{replicas: null, labels: {a.b/c: null}}'));
    const why =
      'API servers drop null before it is merged, so that it unsets nothing — ' +
      'leave the field out in every layer; items of lists go with $patch: delete (weir.dev/merge: v2)';
    expect({ code, out }).toEqual({
      code: 0,
      out:
        `LLMInferenceServiceConfig demo/std: warning: spec.replicas: ${why}\n` +
        `LLMInferenceServiceConfig demo/std: warning: spec.labels[a.b/c]: ${why}\n` +
        'LLMInferenceServiceConfig demo/std: valid\n',
    });
  });

  test('the report in JSON has a version', async () => {
    const { out } = await run(validate, service('{model: {uri: "hf://a/b"}}'), { output: 'json' });
    expect(JSON.parse(out)).toEqual({
      schema: 'weir.dev/validate/v1',
      valid: true,
      objects: [{ object: 'LLMInferenceService demo/a', problems: [], warnings: [], isChecked: true }],
    });
  });

  test('a kind without a known schema is named, not passed over', async () => {
    const text = 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: demo}\n';
    expect((await run(validate, text)).out).toBe(
      'Widget demo/w: not checked, its schema is not part of this program\n',
    );
  });

  test.each([
    [
      '1,000 levels of lists',
      service(`{x: ${'['.repeat(1000)}${']'.repeat(1000)}}`),
      /nested (too deeply|deeper than 200 levels)/,
    ],
    [
      '300 levels of lists',
      service(`{x: ${'['.repeat(300)}${']'.repeat(300)}}`),
      'nested deeper than 200 levels',
    ],
    ['more than 1 MiB', service(`{labels: {a: "${'x'.repeat(1_100_000)}"}}`), 'more than the 1048576'],
    ['aliases that explode', `${service('')}\n${explosion()}`, 'Excessive alias count'],
    ['nothing', '# nothing\n', 'no object in it'],
  ])('%s is refused', async (_, text, problem) => {
    await expect(run(validate, text)).rejects.toThrow(problem);
  });
});

describe('weir render', () => {
  test('a merged spec that breaks its schema is told as the controller tells it', async () => {
    expect(await run(render, mergesWrong)).toEqual({
      code: 2,
      out: '',
      err:
        'LLMInferenceService demo/a: InvalidRenderedConfig: dry-run validation failed after merging configs ' +
        '[Preset:kserve/kserve-config-llm-template, UserRef:demo/std]: spec.scaling: Invalid value: ' +
        '{"keda":{"triggers":[{"metadata":{},"type":"cron"}]},"maxReplicas":5,"minReplicas":1,"wva":{"hpa":{},"variantCost":"10.0"}}: ' +
        'wva and keda are mutually exclusive; choose one scaling mechanism (set in UserRef:demo/std and the service itself)\n',
    });
  });

  test('a field tells which layer gave it, and which it replaced', async () => {
    const text = `${service('{model: {uri: "hf://a/b"}, baseRefs: [{name: std}], template: {containers: [{name: main, args: [x]}]}}')}---\n${config('{template: {containers: [{name: main, args: [y]}]}}')}`;
    expect((await run(render, text, { why: 'spec.template.containers[0].args' })).out).toBe(
      'spec.template.containers[0].args: ["x"]\n  from Service:demo/a\n    over UserRef:demo/std\n',
    );
    expect((await run(render, text, { why: 'spec.model' })).out).toBe(
      'spec.model.uri: "hf://a/b"\n  from Service:demo/a\nspec.model.name: "a"\n  from Service:demo/a\n',
    );
    await expect(run(render, text, { why: 'spec.nothing' })).rejects.toThrow('has no field spec.nothing');
  });

  test('the output holds no template, and every object that is made', async () => {
    const router = 'router: {route: {}, gateway: {}, scheduler: {}}';
    const { code, out } = await run(render, service(`{model: {uri: "hf://a/b"}, ${router}}`));
    expect(code).toBe(0);
    expect(out).not.toContain('{{');
    for (const kind of ['Deployment', 'Service', 'Secret', 'InferencePool', 'HTTPRoute']) {
      expect(out).toContain(`kind: ${kind}\n`);
    }
  });
});

function explosion(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) {
    const [name, below] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
    lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${below}`).join(', ')}]`);
  }
  return `x:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
}
