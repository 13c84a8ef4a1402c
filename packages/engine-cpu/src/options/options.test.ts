import { describe, expect, it } from 'vitest';
import { toEngineOptions } from './engine-options.ts';
import { parseArguments } from './parse-arguments.ts';
import { createPathMapper } from './pod-paths.ts';

const optionsOf = (argv: readonly string[], env: Record<string, string> = {}) =>
  toEngineOptions(parseArguments(argv), env);

describe('the command line', () => {
  it('reads what the presets pass', () => {
    const options = optionsOf([
      '/mnt/models',
      '--served-model-name',
      'smol',
      'publishers/default/models/smol',
      '--port',
      '8001',
      '--disable-access-log-for-endpoints',
      '/health,/metrics,/ping',
      '--shutdown-timeout',
      '40',
      '--enable-ssl-refresh',
      '--ssl-certfile',
      '/var/run/kserve/tls/tls.crt',
      '--ssl-keyfile',
      '/var/run/kserve/tls/tls.key',
      '',
    ]);
    expect(options).toMatchObject({
      model: '/mnt/models',
      servedNames: ['smol', 'publishers/default/models/smol'],
      port: 8001,
      shutdownTimeoutMs: 40_000,
      accessLog: { isOn: true, excludedPaths: ['/health', '/metrics', '/ping'] },
      tls: { certFile: '/var/run/kserve/tls/tls.crt', reloads: true, requiresClientCertificate: false },
    });
  });

  it('accepts equals signs, underscores and human sizes; the last flag wins', () => {
    const options = optionsOf(['m', '--max_model_len=1K', '--port=1', '--port', '2', '-tp', '1']);
    expect(options).toMatchObject({ maxModelLen: 1024, port: 2 });
    expect(optionsOf(['--model', 'm', '--max-model-len', '2k']).maxModelLen).toBe(2000);
  });

  it('collects flags without effect as they were written, but no token', () => {
    const { ignored } = parseArguments(['m', '--dtype', 'auto', '--enforce-eager', '--hf-token', 'secret']);
    expect(ignored).toEqual(['--dtype auto', '--enforce-eager', '--hf-token']);
  });

  it('runs what was written for large accelerators, within its own limits', () => {
    const { maxSequences, maxBatchTokens, limits } = optionsOf(['m', '--max-num-seqs', '256']);
    expect({ maxSequences, maxBatchTokens, limits }).toEqual({
      maxSequences: 8,
      maxBatchTokens: 512,
      limits: ['--max-num-seqs 256: the CPU engine uses 8'],
    });
  });

  it('takes API keys from flags and environment', () => {
    expect(optionsOf(['m', '--api-key', 'a', 'b'], { VLLM_API_KEY: 'c' }).apiKeys).toEqual(['a', 'b', 'c']);
  });

  it.each([
    [['m', '--prt', '1'], 'unrecognized arguments: --prt 1 — did you mean --port?'],
    [['m', 'n'], 'unrecognized arguments: n'],
    [
      ['m', '--tensor-parallel-size', '2'],
      '--tensor-parallel-size: 2 is not supported: the CPU engine is one process',
    ],
    [['m', '--enable-lora'], '--enable-lora is not supported: LoRA adapters'],
    [['m', '--port'], 'argument --port: expected one argument'],
    [['m', '--port', 'x'], "argument --port: invalid int value: 'x'"],
    [['m', '--port', '70000'], 'argument --port: 70000 is out of range'],
    [['m', '--enforce-eager=1'], 'argument --enforce-eager: takes no value'],
    [['m', '--max-model-len', 'big'], "argument --max-model-len: invalid value: 'big'"],
    [['m', '--shutdown-timeout', '-1'], "argument --shutdown-timeout: invalid number of seconds: '-1'"],
    [['m', '--ssl-certfile', 'c'], '--ssl-certfile and --ssl-keyfile: give both'],
    [['m', '--override-generation-config', '[]'], 'is not a JSON object'],
    [[], 'required: model'],
  ])('refuses %j', (argv, message) => {
    expect(() => optionsOf(argv)).toThrow(message);
  });
});

describe('paths of a pod', () => {
  const map = createPathMapper('[["/mnt","/host/a"],["/mnt/models/","/host/b"]]');

  it('are mapped by the longest mount', () => {
    expect([map('/mnt/models'), map('/mnt/models/x'), map('/mnt/other'), map('/mnt2'), map('rel')]).toEqual([
      '/host/b',
      '/host/b/x',
      '/host/a/other',
      '/mnt2',
      'rel',
    ]);
  });

  it('stay as they are without a map, and a broken map is an error', () => {
    expect(createPathMapper(undefined)('/mnt')).toBe('/mnt');
    expect(() => createPathMapper('[["/a"]]')).toThrow('WEIR_PATH_MAP');
  });
});
