import { createServer, type Server } from 'node:net';
import { readProcessStat } from '@weir/core/process';
import { freePorts, hasComponents, LocalPlatform, untilHolds } from '@weir/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const portBase = await freePorts(100);

/** The command as people type it, and two platforms side by side. */
describe.skipIf(!hasComponents('kubectl'))('weir', () => {
  const platform = new LocalPlatform({ portBase, flags: ['--no-quickstart'] });
  const manifest = JSON.stringify({
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'LLMInferenceService',
    metadata: { name: 'tiny' },
    spec: {
      model: { uri: 'builtin://tiny-random', name: 'tiny' },
      router: { gateway: {}, route: {}, scheduler: {} },
    },
  });

  beforeAll(async () => {
    await platform.start();
  });
  afterAll(() => platform.stop());

  const ok = async (...argv: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await platform.weir(argv);
    expect({ argv, exitCode, stderr }).toEqual({ argv, exitCode: 0, stderr: '' });
    return stdout;
  };

  describe('with one service', () => {
    beforeAll(async () => {
      expect(await platform.weir(['apply', '-f', '-'], manifest)).toMatchObject({
        exitCode: 0,
        stdout: 'llminferenceservices.serving.kserve.io/tiny created\n',
      });
      const waiting = ['wait', '--for=condition=Ready', 'llmisvc/tiny', '--timeout=110s'];
      expect((await platform.kubectl(waiting)).exitCode).toBe(0);
    });

    test('apply tells what it changed, and changes nothing in a dry run', async () => {
      expect((await platform.weir(['apply', '-f', '-'], manifest)).stdout).toBe(
        'llminferenceservices.serving.kserve.io/tiny unchanged\n',
      );
      const labelled = manifest.replace('{"name":"tiny"}', '{"name":"tiny","labels":{"a":"b"}}');
      expect((await platform.weir(['apply', '--dry-run', '-f', '-'], labelled)).stdout).toBe(
        'llminferenceservices.serving.kserve.io/tiny configured (dry run)\n',
      );
      expect(JSON.parse(await ok('get', 'llmisvc', 'tiny', '-o', 'json')).metadata).not.toHaveProperty(
        'labels',
      );
      const named = await platform.weir(['apply', '-f', '-', '-o', 'name'], manifest);
      expect(named.stdout).toBe('llminferenceservices.serving.kserve.io/tiny\n');
    });

    test('get prints tables, names, JSON and YAML', async () => {
      // A gateway without time for an answer is told at once, and for a moment.
      await untilHolds(async () =>
        expect(await ok('get')).toMatch(/^NAME +URL +READY +REASON +AGE\ntiny +http:\S+ +True +\S+\n$/),
      );
      expect(await ok('get', 'llmisvc', '-A', '-o', 'wide')).toMatch(/^NAMESPACE +NAME .* TOPOLOGY +STAGE\n/);
      expect(await ok('get', 'llmisvc/tiny', '-o', 'name')).toBe(
        'llminferenceservice.serving.kserve.io/tiny\n',
      );
      expect(JSON.parse(await ok('get', 'deploy', '-o', 'json'))).toMatchObject({
        kind: 'List',
        items: [
          { metadata: { name: 'tiny-kserve' } },
          { metadata: { name: 'tiny-kserve-router-scheduler' } },
        ],
      });
      expect(await ok('get', 'llmisvc', 'tiny', '-o', 'yaml')).toMatch(/^kind: LLMInferenceService$/m);
    });

    test('status shows the platform and its services', async () => {
      await untilHolds(async () => {
        expect(await ok('status')).toMatch(
          /^weir is running \(pid \d+\)\n[\s\S]*\nNAMESPACE +NAME +READY +REASON +URL\ndefault +tiny +True +http:/,
        );
        expect(JSON.parse(await ok('status', '-o', 'json'))).toMatchObject({
          schema: 'weir.dev/status/v1',
          running: true,
          pid: platform.pid,
          apiServer: `https://127.0.0.1:${portBase + 1}`,
          services: [{ namespace: 'default', name: 'tiny', ready: 'True' }],
        });
      });
      expect(await ok('status', '-o', 'yaml')).toContain('\nrunning: true\n');
    });

    test('logs and chat reach the engine', async () => {
      expect(await ok('logs', 'tiny', '--tail', '1')).toContain('"logger":"engine"');
      expect(await ok('logs', 'tiny', '--scheduler')).toContain('"logger":"epp"');
      expect((await ok('chat', 'tiny', 'hello', '--max-tokens', '4')).trim()).not.toBe('');
    });
  });

  test('crds, presets and version work without a platform', async () => {
    const nowhere = new LocalPlatform({ portBase: await freePorts(100) });
    const alone = async (...argv: string[]): Promise<string> => (await nowhere.weir(argv)).stdout;
    expect(await alone('crds', '-o', 'name')).toBe(
      'llminferenceserviceconfigs.serving.kserve.io\nllminferenceservices.serving.kserve.io\n',
    );
    expect(await alone('crds')).toMatch(/^---\napiVersion: apiextensions.k8s.io\/v1\n/);
    expect(await alone('presets', '-o', 'name')).toContain('kserve-config-llm-template\n');
    expect(JSON.parse(await alone('presets', 'kserve-config-llm-scheduler', '-o', 'json'))).toMatchObject({
      kind: 'LLMInferenceServiceConfig',
      metadata: { namespace: 'kserve' },
    });
    expect(await alone('version')).toMatch(/^weir \d+\.\d+\.\d+ \(node v\d+/);
    expect(JSON.parse(await alone('version', '-o', 'json'))).toMatchObject({ schema: 'weir.dev/version/v1' });
    expect(await nowhere.weir(['status'])).toEqual({
      exitCode: 2,
      stdout: `weir is not running on ${nowhere.home} (start it with \`weir up\`)\n`,
      stderr: '',
    });
    expect(await nowhere.weir(['down'])).toMatchObject({
      exitCode: 1,
      stderr: `error: no weir runs on ${nowhere.home}\n`,
    });
    expect((await nowhere.weir(['get'])).stderr).toContain('set KUBECONFIG or run `weir up`');
    await nowhere.stop();
  });

  test.each<[string[], RegExp]>([
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['stats'], /Did you mean status\?/],
    [['get', 'llmisvcs', 'x', '--wat'], /unknown option '--wat'/],
    [['get', 'nosuchkind'], /the server does not have a resource type "nosuchkind"/],
    [['get', 'llmisvc', 'nope'], /Error from server \(NotFound\): llminferenceservices.* "nope" not found/],
    [['get', '-o', 'toml'], /unknown output format "toml" — use json, yaml, wide, name/],
    [['get', '--context', 'nope'], /context "nope" does not exist/],
    [['delete'], /name what to delete/],
    [['delete', 'llmisvc', 'nope'], /"nope" not found/],
    [['delete', 'llmisvc', 'nope', '--timeout', 'soon'], /--timeout soon: must be a number of seconds/],
    [['apply', '-f', '/nowhere.yaml'], /the path "\/nowhere.yaml" does not exist/],
    [['logs', 'nope'], /no pod and no pods of a service are called "nope".* — see `weir get llmisvc,pods`/],
    [['chat', 'nope', 'hi'], /"nope" not found/],
    [['chat', 'nope', 'hi', '--max-tokens', 'many'], /--max-tokens many: must be a whole number/],
    [['presets', 'nope'], /no preset is called nope; see `weir presets -o name`/],
    [['up', '--port-base', '80'], /--port-base 80: must be a whole number from 1024 to 64000/],
    [['up', '--image-map', 'x'], /--image-map x: write IMAGE=PROGRAM with one of the programs vllm/],
    [['up', '--detach'], /is in use by the weir with pid \d+ — stop it with `weir down`/],
  ])('weir %j says what is wrong', async (argv, message) => {
    const result = await platform.weir(argv);
    expect(result).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  test.each([
    ['a: [', /standard input: /],
    ['just text', /a document without apiVersion and kind is not a Kubernetes object/],
    [
      '{"apiVersion":"x/v1","kind":"Foo","metadata":{"name":"x"}}',
      /does not have a resource type "Foo in x\/v1"/,
    ],
    [manifest.replace('"model":', '"modle":'), /strict decoding error: unknown field "spec.modle"/],
  ])('apply refuses %j', async (text, message) => {
    const result = await platform.weir(['apply', '-f', '-'], text);
    expect(result).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
  });

  test('a second platform works beside the first, and its end leaves no process behind', async () => {
    const second = new LocalPlatform({ portBase: await freePorts(100) });
    const flags = ['--no-quickstart', '--port-base', String(second.portBase)];
    const started = await second.weir(['up', '--detach', ...flags]);
    expect(started).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^weir runs in the background/),
    });
    const pid = Number(/\(pid (\d+)\)/.exec(started.stdout)?.[1]);
    expect((await second.weir(['apply', '-f', '-'], manifest)).stderr).toBe('');
    const waiting = ['wait', '--for=condition=Ready', 'llmisvc/tiny', '--timeout=110s'];
    expect((await second.kubectl(waiting)).exitCode).toBe(0);
    const modelsOf = ({ portBase: base }: LocalPlatform): Promise<Response> =>
      fetch(`http://127.0.0.1:${base + 80}/default/tiny/v1/models`);
    for (const one of [platform, second]) expect((await modelsOf(one)).status).toBe(200);

    const processes = await second.processes(pid);
    expect(processes.length).toBeGreaterThanOrEqual(5);
    expect((await second.weir(['down'])).stdout).toBe(`stopped weir (pid ${pid})\n`);
    expect(processes.filter(isAlive)).toEqual([]);
    expect((await second.weir(['status'])).exitCode).toBe(2);
    expect((await modelsOf(platform)).status).toBe(200);
    await second.stop();
  });

  test('a platform in the background says why it cannot start', async () => {
    const second = new LocalPlatform({ portBase: await freePorts(100) });
    const port = second.portBase + 80;
    const busy = await listen(port);
    const result = await second.weir(['up', '--detach', '--port-base', String(second.portBase)]);
    busy.close();
    expect(result).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(
        `^error: port ${port} \\(gateway\\) is in use by .*\\(pid \\d+\\) — stop that process or choose other ports with --port-base\n$`,
      ),
    });
    await second.stop();
  });

  test('delete takes a service with everything that it has', async () => {
    expect(await ok('delete', 'llmisvc', 'tiny')).toBe(
      'llminferenceservices.serving.kserve.io "tiny" deleted\n',
    );
    expect(await ok('get', 'llmisvc')).toBe('No resources found in default namespace.\n');
    expect(await ok('delete', 'llmisvc', 'tiny', '--ignore-not-found')).toBe('');
  });
});

/** A zombie, which only waits for its parent to look, does not count. */
function isAlive(pid: number): boolean {
  return readProcessStat(pid) !== undefined;
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
