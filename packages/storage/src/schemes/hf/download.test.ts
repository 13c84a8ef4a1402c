import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  config,
  hubHandler,
  initialize,
  serve,
  serveFile,
  sha256,
  temporaryFolder,
  weights,
} from '../../initializer/fixtures.ts';

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
