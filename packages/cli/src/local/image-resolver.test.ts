import { expect, test } from 'vitest';
import { createImageResolver } from './image-resolver.ts';

const resolver = createImageResolver({
  shims: '/home/shims',
  env: { WEIR_MODEL_CACHE: '/home/models' },
  imageMap: new Map([['my.registry/engine', 'vllm']]),
});

function argvOf(image: string, command: string[], args: string[] = []): string[] | string {
  const resolution = resolver.resolve({ image, command, args });
  return resolution.type === 'program' ? resolution.argv : resolution.message;
}

test('a command decides what runs, whatever the image is called', () => {
  expect(argvOf('any/image:1', ['vllm', 'serve'], ['/mnt/models'])).toEqual([
    '/home/shims/vllm',
    'serve',
    '/mnt/models',
  ]);
  expect(argvOf('any/image:1', ['/app/epp'], ['--pool-name=x'])).toEqual([
    '/home/shims/epp',
    '--pool-name=x',
  ]);
});

test('absolute paths of our programs inside shell scripts are rewritten, others are left alone', () => {
  const [, , script] = argvOf(
    'any',
    ['/bin/sh', '-c'],
    ['exec /app/epp --x=/app/epp-config; ls /app/eppx'],
  ) as string[];
  expect(script).toBe('exec epp --x=/app/epp-config; ls /app/eppx');
});

test('without a command the image table gives the entry point, with any registry and tag', () => {
  expect(argvOf('docker.io/kserve/storage-initializer:v0.17', [], ['hf://a/b', '/mnt/models'])).toEqual([
    '/home/shims/initializer-entrypoint',
    'hf://a/b',
    '/mnt/models',
  ]);
  expect(argvOf('vllm/vllm-openai@sha256:00', [], ['m'])).toEqual(['/home/shims/vllm', 'serve', 'm']);
  expect(argvOf('my.registry/engine:2', [], ['m'])).toEqual(['/home/shims/vllm', 'serve', 'm']);
});

test('an unknown image without a command is refused with the nearest known one and the option that maps it', () => {
  expect(resolver.resolve({ image: 'vllm/vllm-openapi:v1', command: [], args: [] })).toEqual({
    type: 'unresolved',
    reason: 'ImageNotRunnableLocally',
    message:
      'image "vllm/vllm-openapi:v1" has no command and no local stand-in (did you mean vllm/vllm-openai?)' +
      " — give the container a command, or start with --image-map 'vllm/vllm-openapi=PROGRAM'; programs: vllm, epp, initializer-entrypoint, weir",
  });
});

test('programs that are not built yet are refused by name, also inside a script', () => {
  expect(argvOf('x', ['/app/pd-sidecar'])).toContain('the prefill/decode routing sidecar');
  expect(argvOf('x', ['sh', '-c', 'exec llm-d-inference-sim --port 8000'])).toContain('llm-d-inference-sim');
  expect(argvOf('ghcr.io/llm-d/llm-d-inference-sim:v0.6', [])).toContain('the engine simulator');
});
