import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generateTinyRandom, tinyRandomBytes } from './gguf/tiny-random.ts';
import { writeGguf } from './gguf/write.ts';
import { runEngine } from './run.ts';
import { recordingLogger, runTestEngine } from './testing/run-test-engine.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'weir-run-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function modelFolder(name: string): Promise<string> {
  const at = path.join(folder, name);
  await mkdir(at, { recursive: true });
  await generateTinyRandom(path.join(at, 'model.gguf'));
  return at;
}

/** Runs to the end; for command lines that never serve. */
async function exitOf(
  argv: readonly string[],
): Promise<{ code: number; message: string | undefined; output: string }> {
  const { log, lines } = recordingLogger();
  const written: string[] = [];
  const stdout = { write: (text: string) => written.push(text) };
  const code = await runEngine(argv, { env: {}, log, signal: AbortSignal.timeout(10_000), stdout });
  return {
    code,
    message: lines.findLast(({ level }) => level === 'error')?.message,
    output: written.join(''),
  };
}

describe('vllm serve', () => {
  it('prints a version as the last word of the last line', async () => {
    expect(await exitOf(['--version'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect((await exitOf(['serve', '--help'])).output).toContain('--max-model-len');
  });

  it('exits with 2 for a wrong command line', async () => {
    expect(await exitOf(['serve', 'm', '--x'])).toMatchObject({
      code: 2,
      message: 'unrecognized arguments: --x',
    });
    expect(await exitOf(['bench'])).toMatchObject({
      code: 2,
      message: "invalid command: 'bench' (choose from serve)",
    });
    const long = await exitOf(['serve', 'builtin://tiny-random', '--max-model-len', '5000']);
    expect(long).toMatchObject({
      code: 2,
      message: expect.stringContaining('--max-model-len 5000 is more than the 4096 tokens'),
    });
  });

  it('exits with 1 and the reason for a model it cannot load', async () => {
    const empty = path.join(folder, 'empty');
    await mkdir(empty);
    await writeFile(path.join(empty, 'model.safetensors'), '');
    expect(await exitOf(['serve', empty])).toMatchObject({
      code: 1,
      message: expect.stringContaining('holds no .gguf file (found: model.safetensors)'),
    });
    expect((await exitOf(['serve', path.join(folder, 'nowhere')])).message).toContain('does not exist');
    const cut = path.join(folder, 'cut.gguf');
    writeFileSync(cut, tinyRandomBytes().subarray(0, 300_000));
    expect(await exitOf(['serve', cut])).toMatchObject({
      code: 1,
      message: expect.stringMatching(
        /is cut short: 300000 bytes, but its header needs \d+ — delete the file/,
      ),
    });
    const hollow = path.join(folder, 'hollow.gguf');
    writeFileSync(hollow, writeGguf({ 'general.architecture': { type: 'string', value: 'llama' } }, []));
    expect(await exitOf(['serve', hollow])).toMatchObject({
      code: 1,
      message: expect.stringContaining('cannot load'),
    });
  });

  it('leaves the reason of its exit for the status of the pod', async () => {
    const file = path.join(folder, 'termination-log');
    const { log } = recordingLogger();
    const env = { WEIR_TERMINATION_LOG: file };
    const stdout = { write: () => true };
    await runEngine(['serve', 'm', '--x'], { env, log, signal: AbortSignal.timeout(10_000), stdout });
    expect(readFileSync(file, 'utf8')).toBe('unrecognized arguments: --x');
  });

  it('logs sizes of requests when told to, never their text', async () => {
    const engine = await runTestEngine(['--enable-log-requests']);
    await engine.post('/v1/completions', { prompt: 'private', max_tokens: 1 });
    const line = engine.lines.find(({ message }) => message === 'generation');
    expect(line?.fields).toMatchObject({ promptTokens: [6], maxTokens: [1], n: 1 });
    expect(JSON.stringify(engine.lines)).not.toContain('private');
    await engine.stop();
  });

  it('exits with 1 when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const result = await exitOf(['serve', 'builtin://tiny-random', '--port', String(port)]);
    other.close();
    expect(result).toMatchObject({ code: 1, message: expect.stringContaining(`port ${port}`) });
  });

  it('serves a folder under pod paths, on the pod address, and tells of a substitution', async () => {
    const real = await modelFolder('mapped');
    const note = { uri: 'hf://a/b', substituted: 'builtin://tiny-random', sha256: '' };
    await writeFile(path.join(real, '.weir-model.json'), JSON.stringify(note));
    const engine = await runTestEngine(['/mnt/models', '--host', '0.0.0.0', '--dtype', 'auto'], {
      WEIR_PATH_MAP: JSON.stringify([['/mnt/models', real]]),
      WEIR_POD_IP: '127.0.0.9',
    });
    expect(engine.url).toMatch(/^http:\/\/127\.0\.0\.9:/);
    expect(engine.lines).toContainEqual({ level: 'info', message: 'ignored: --dtype auto', fields: {} });
    const response = await engine.post('/v1/completions', {
      model: '/mnt/models',
      prompt: 'x',
      max_tokens: 1,
    });
    expect(response.headers.get('x-weir-model-substituted')).toBe('builtin://tiny-random');
    expect(await engine.stop()).toBe(0);
  });

  it('takes another chat template, tells when it refuses a conversation, and when it is broken', async () => {
    const file = path.join(folder, 'template.jinja');
    await writeFile(
      file,
      "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{{ m.content }}{% endfor %}",
    );
    const engine = await runTestEngine(['--chat-template', file]);
    const tokens = await engine.post('/tokenize', { messages: [{ role: 'user', content: 'Q' }] });
    expect(await tokens.json()).toMatchObject({ count: 1 });
    const refused = await engine.post('/v1/chat/completions', {
      messages: [{ role: 'system', content: 'x' }],
    });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('no system role')]);
    await engine.stop();
    const broken = await exitOf(['serve', 'builtin://tiny-random', '--chat-template', '{% for %}']);
    expect(broken).toMatchObject({
      code: 1,
      message: expect.stringContaining('the chat template cannot be compiled'),
    });
    const missing = await exitOf([
      'serve',
      'builtin://tiny-random',
      '--chat-template',
      path.join(folder, 'none'),
    ]);
    expect(missing).toMatchObject({
      code: 2,
      message: expect.stringContaining('argument --chat-template: cannot read'),
    });
  });

  it('accepts one GGUF file of any name, and asks which when there are several', async () => {
    const real = path.join(folder, 'several');
    await mkdir(real);
    await generateTinyRandom(path.join(real, 'a.gguf'));
    const engine = await runTestEngine([real]);
    expect(await engine.stop()).toBe(0);
    await copyFile(path.join(real, 'a.gguf'), path.join(real, 'b.gguf'));
    expect((await exitOf(['serve', real])).message).toContain('several .gguf files (a.gguf, b.gguf)');
  });

  it('asks for its API key under /v1 only', async () => {
    const engine = await runTestEngine(['--api-key', 'secret', '--root-path', '/base']);
    const status = async (at: string, key?: string) =>
      (await fetch(engine.url + at, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } }))
        .status;
    expect([
      await status('/v1/models'),
      await status('/v1/models', 'wrong'),
      await status('/v1/models', 'secret'),
    ]).toEqual([401, 401, 200]);
    expect([await status('/health'), await status('/base/health'), await status('/base/v1/models')]).toEqual([
      200, 200, 401,
    ]);
    expect(JSON.stringify(engine.lines)).not.toContain('secret');
    await engine.stop();
  });

  it('finishes running answers before it stops, and takes no new ones', async () => {
    const engine = await runTestEngine(['--shutdown-timeout', '20']);
    const body = { prompt: 'x', max_tokens: 400, ignore_eos: true, temperature: 0, stream: true };
    const response = await engine.post('/v1/completions', body);
    const exit = engine.stop();
    const text = await response.text();
    expect(text).toContain('"finish_reason":"length"');
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(await exit).toBe(0);
    await expect(fetch(`${engine.url}/health`)).rejects.toThrow();
  });

  it('ends running answers at once without a shutdown time', async () => {
    const engine = await runTestEngine([]);
    const body = { prompt: 'x', max_tokens: 2000, ignore_eos: true, temperature: 0, stream: true };
    const response = await engine.post('/v1/completions', body);
    expect(await engine.stop()).toBe(0);
    await expect(response.text()).rejects.toThrow();
  });

  it('serves without prefix cache when told to', async () => {
    const engine = await runTestEngine([
      '--no-enable-prefix-caching',
      '--max-num-seqs',
      '1',
      '--max-model-len',
      '300',
    ]);
    const body = { prompt: 'a'.repeat(100), max_tokens: 1 };
    await engine.post('/v1/completions', body);
    const again = (await (await engine.post('/v1/completions', body)).json()) as { usage: unknown };
    expect(again.usage).toMatchObject({ prompt_tokens_details: { cached_tokens: 0 } });
    expect(await (await fetch(`${engine.url}/metrics`)).text()).toMatch(
      /prefix_cache_queries_total\{.*\} 0\n/,
    );
    await engine.stop();
  });
});
