import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually, hasComponents, LocalPlatform } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const gateway = 'http://127.0.0.1:19080';
const endpoint = `${gateway}/default/good/v1`;

/** What users get wrong: each mistake is named with the way out, and nothing that works is touched. */
describe.skipIf(!hasComponents('kubectl'))('bad input', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'weir-bad-input-'));
  // Pods have a /tmp of their own, and see models of this machine's all the same.
  const models = mkdtempSync(path.join(tmpdir(), 'weir-bad-models-'));
  const hasSmallDisk = mountSmallDisk(home);
  const platform = new LocalPlatform({ portBase: 19_000, flags: ['--no-quickstart'], home });

  beforeAll(async () => {
    await platform.start();
    const good = serviceOf('good', {
      model: { uri: 'builtin://tiny-random', name: 'tiny' },
      router: { gateway: {}, route: {}, scheduler: {} },
    });
    expect((await platform.kubectl(['apply', '-f', '-'], good)).stderr).toBe('');
    const ready = await platform.kubectl(waitForReady('good'));
    expect(ready.exitCode, `${ready.stderr}${platform.logTail()}`).toBe(0);
  });

  afterAll(async () => {
    await platform.stop({ keepHome: true });
    if (hasSmallDisk) execFileSync('umount', ['--lazy', home]);
    for (const folder of [home, models]) rmSync(folder, { recursive: true, force: true });
  });

  /** The mistakes above may not have cost the service that works a single restart or answer. */
  async function expectGoodUnharmed(): Promise<void> {
    const answer = await ask({});
    expect(answer.status).toBe(200);
    const { stdout } = await platform.kubectl([
      'get',
      'pods',
      '-l',
      'app.kubernetes.io/name=good',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[*].restartCount}',
    ]);
    expect(stdout).toMatch(/^0( 0)*$/);
  }

  function ask(changes: Record<string, unknown>, url = `${endpoint}/chat/completions`): Promise<Response> {
    const body = { model: 'tiny', messages: [{ role: 'user', content: 'x' }], max_tokens: 2, ...changes };
    return post(url, JSON.stringify(body));
  }

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
        const result = await platform.kubectl(['apply', ...flags, '-f', '-'], serviceOf('bad', spec));
        expect(result.exitCode).toBe(1);
        for (const text of texts) expect(result.stderr).toContain(text);
      }
      const found = await platform.kubectl(['get', 'llmisvc', 'bad']);
      expect(found.stderr).toContain('llminferenceservices.serving.kserve.io "bad" not found');
    });

    test('field errors come as causes of a 422 with their fields', async () => {
      const manifest = serviceOf('bad', twoMistakes);
      const result = await platform.kubectl(['create', '-v=10', '-f', '-'], manifest);
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
      const result = await platform.kubectl(argv, manifest);
      expect(result).toMatchObject({ exitCode: 0, stderr: 'Warning: unknown field "spec.model.nmae"\n' });
    });

    test('a change that is refused leaves the object as it was', async () => {
      const before = await platform.kubectl(['get', 'llmisvc', 'good', '-o', 'jsonpath={.spec}']);
      const patches = [{ spec: { replicas: 'many' } }, { spec: { model: { uri: 'ftp://x' } } }];
      for (const patch of patches) {
        const argv = ['patch', 'llmisvc', 'good', '--type=merge', '-p', JSON.stringify(patch)];
        expect((await platform.kubectl(argv)).exitCode).toBe(1);
      }
      expect((await platform.kubectl(['get', 'llmisvc', 'good', '-o', 'jsonpath={.spec}'])).stdout).toBe(
        before.stdout,
      );
      await expectGoodUnharmed();
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
      writeFileSync(cut, readFileSync(await modelOf(platform, 'good')).subarray(0, 100_000));
      const foreign = [
        'create',
        'deployment',
        'foreign-child-kserve',
        '--image=vllm/vllm-openai',
        '--replicas=0',
      ];
      expect((await platform.kubectl(foreign)).exitCode).toBe(0);
      const manifests = mistakes.map(([name, spec]) => serviceOf(name, spec)).join('\n---\n');
      expect((await platform.kubectl(['apply', '-f', '-'], manifests)).stderr).toBe('');
    });
    afterAll(async () => {
      const names = mistakes.map(([name]) => name);
      expect((await platform.kubectl(['delete', 'llmisvc', ...names, '--timeout=60s'])).exitCode).toBe(0);
    });

    test.each(mistakes)('%s', async (name, _spec, reason, texts) => {
      const wanted = `${reason}: ${texts.join(' … ')}`;
      await eventually(`${name} to say ${wanted}`, async () => {
        const told = await readyConditionOf(platform, name);
        const isTold = told.startsWith(`False ${reason}: `) && texts.every((text) => told.includes(text));
        return isTold || Promise.reject(new Error(told));
      });
      expect((await readyConditionOf(platform, name)).length).toBeLessThan(560);
    });

    test('the object of somebody else is as it was, and the service that works works', async () => {
      const argv = [
        'get',
        'deploy',
        'foreign-child-kserve',
        '-o',
        'jsonpath={.spec.replicas} {.metadata.ownerReferences}',
      ];
      expect((await platform.kubectl(argv)).stdout.trim()).toBe('0');
      await expectGoodUnharmed();
    });

    test('a service is repaired by correcting the mistake', async () => {
      const base = JSON.stringify({
        apiVersion: 'serving.kserve.io/v1alpha1',
        kind: 'LLMInferenceServiceConfig',
        metadata: { name: 'kserve-config-llm-templte', namespace: 'default' },
        spec: {},
      });
      expect((await platform.kubectl(['apply', '-f', '-'], base)).exitCode).toBe(0);
      const repaired = serviceOf('unknown-command', container({ command: null }));
      expect((await platform.kubectl(['apply', '-f', '-'], repaired)).stderr).toBe('');
      for (const name of ['missing-base', 'unknown-command'])
        expect((await platform.kubectl(waitForReady(name))).exitCode).toBe(0);
    });
  });

  describe('in a request', () => {
    const chat = `${endpoint}/chat/completions`;
    const anywhere = `${gateway}/v1/chat/completions`;

    test.each<[string, () => Promise<Response>, number, RegExp]>([
      [
        'an unknown model',
        () => ask({ model: 'tinny' }),
        404,
        /`tinny` does not exist — did you mean `tiny`\?/,
      ],
      [
        'an unknown model on the path of all models',
        () => ask({ model: 'publishers/default/models/tinny' }, anywhere),
        404,
        /did you mean "publishers\/default\/models\/tiny"\?/,
      ],
      ['JSON that ends early', () => post(chat, '{"model":"tiny","messages":['), 400, /not valid JSON/],
      [
        'JSON that ends early on the path of all models',
        () => post(anywhere, '{"model":'),
        400,
        /not valid JSON/,
      ],
      ['no body', () => post(chat, ''), 400, /not valid JSON/],
      ['a list', () => post(chat, '[]'), 400, /JSON object/],
      ['messages that are none', () => ask({ messages: 'x' }), 400, /messages/],
      ['text for a number', () => ask({ max_tokens: 'x' }), 400, /max_tokens: must be a number/],
      ['a number out of its range', () => ask({ temperature: -1 }), 400, /temperature: must be at least 0/],
      [
        'another content type',
        () => post(chat, '{"model":"tiny","messages":[{"role":"user","content":"x"}]}', 'text/csv'),
        415,
        /send JSON/,
      ],
      [
        'a body over the limit',
        () => post(chat, `{"prompt":"${'x'.repeat(9e6)}"}`),
        413,
        /larger than the limit/,
      ],
      [
        'a path that nobody serves',
        () => post(`${gateway}/nowhere/v1/chat/completions`, '{}'),
        404,
        /known paths/,
      ],
      ['a path that the engine does not have', () => post(`${endpoint}/nothing`, '{}'), 404, /no such path/],
      ['another method', () => fetch(chat), 405, /allowed: POST/],
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
      const sending = fetch(chat, {
        method: 'POST',
        body: half,
        duplex: 'half',
        signal: stop.signal,
      } as RequestInit);
      setTimeout(() => stop.abort(), 100);
      await expect(sending).rejects.toThrow();
      await expectGoodUnharmed();
    });
  });

  describe('from the machine', () => {
    test.runIf(hasSmallDisk)(
      'a full disk refuses writes and nothing else, and heals without a restart',
      async () => {
        const create = (name: string) =>
          platform.kubectl([
            'create',
            'configmap',
            name,
            `--from-literal=a=${'b'.repeat(8192)}`,
            '--cache-dir',
            path.join(models, 'cache'),
          ]);
        expect((await create('before')).exitCode).toBe(0);
        const filler = fill(home);
        const beside = new LocalPlatform({ portBase: 19_100, home: path.join(home, 'beside') });
        await expect(beside.start()).rejects.toThrow(/ENOSPC.* — the disk is full: free space and try again/);
        const refused = await create('refused');
        expect(refused.exitCode).toBe(1);
        expect(refused.stderr).toMatch(
          /the disk is full: .*journal.* nothing of this write was stored; free space/,
        );
        expect((await ask({})).status).toBe(200);
        expect((await platform.kubectl(['get', 'configmap', 'before'])).exitCode).toBe(0);
        rmSync(filler);
        expect((await create('after')).exitCode).toBe(0);
        const names = await platform.kubectl(['get', 'configmap', '-o', 'name']);
        expect(names.stdout).toMatch(/after\nconfigmap\/before\n/);
        expect(names.stdout).not.toContain('refused');
        await expectGoodUnharmed();
      },
    );

    test('a journal cut short loses only the record that was cut, and a damaged one is refused by place', async () => {
      const create = (name: string) => platform.kubectl(['create', 'configmap', name, '--from-literal=a=b']);
      expect((await create('kept')).exitCode).toBe(0);
      await platform.stop({ keepHome: true });
      const journal = newestJournal(home);
      const whole = readFileSync(journal);

      appendFileSync(journal, whole.subarray(0, 100));
      await platform.start();
      expect(platform.logTail()).toContain('journal');
      expect((await platform.kubectl(['get', 'configmap', 'kept'])).exitCode).toBe(0);
      expect((await platform.kubectl(waitForReady('good'))).exitCode).toBe(0);
      await platform.stop({ keepHome: true });

      const sound = readFileSync(newestJournal(home));
      const damaged = Buffer.from(sound);
      damaged.writeUInt8((damaged[40] ?? 0) ^ 1, 40);
      writeFileSync(newestJournal(home), damaged);
      await expect(platform.start()).rejects.toThrow(
        /journal-\d+ is damaged at byte 0 and has valid records after it/,
      );
      expect(readFileSync(newestJournal(home)).equals(damaged)).toBe(true);

      writeFileSync(newestJournal(home), sound);
      await platform.start();
      expect((await platform.kubectl(['get', 'configmap', 'kept'])).exitCode).toBe(0);
      expect((await platform.kubectl(waitForReady('good'))).exitCode).toBe(0);
    });
  });
});

function serviceOf(name: string, spec: unknown): string {
  return JSON.stringify({
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'LLMInferenceService',
    metadata: { name, namespace: 'default' },
    ...(spec === undefined ? {} : { spec }),
  });
}

function waitForReady(name: string): string[] {
  return ['wait', '--for=condition=Ready', `llmisvc/${name}`, '--timeout=60s'];
}

function post(url: string, body: string, type = 'application/json'): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
}

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

/** Mounts a disk of 64 MiB where this user may; then a full disk is a real one. */
function mountSmallDisk(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=0700', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes a file until the disk takes no byte more. */
function fill(folder: string): string {
  const file = path.join(folder, 'filler');
  const descriptor = openSync(file, 'w');
  for (let size = 1024 * 1024; size > 0; size = Math.floor(size / 2)) {
    try {
      for (;;) writeSync(descriptor, Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  closeSync(descriptor);
  return file;
}

function newestJournal(home: string): string {
  const data = path.join(home, 'data');
  const name = readdirSync(data)
    .filter((file) => /^journal-\d+$/.test(file))
    .sort()
    .at(-1);
  return path.join(data, name ?? '');
}
