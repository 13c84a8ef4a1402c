import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Programs of container images that have a stand-in here: the name under which a container executes it, the weir role
 * that replaces it, and the images whose entry point it is (features C4).
 */
export interface ProgramStandIn {
  readonly program: string;
  /** Arguments of `weir` in front of the program's own. */
  readonly role: readonly string[];
  /** Image patterns, `*` matches anything; the tag and registry may be left out. */
  readonly images: readonly string[];
  /** Arguments of the image's entry point, in front of the container's args. */
  readonly entrypointArgs: readonly string[];
}

export const programs: readonly ProgramStandIn[] = [
  {
    program: 'vllm',
    role: ['engine'],
    images: [
      'vllm/vllm-openai',
      'llm-d/llm-d-cuda',
      'llm-d/llm-d-cpu',
      'kserve/huggingfaceserver',
      'weir/engine-cpu',
    ],
    entrypointArgs: ['serve'],
  },
  {
    program: 'epp',
    role: ['epp'],
    images: [
      'llm-d/llm-d-inference-scheduler',
      'llm-d/llm-d-router-endpoint-picker',
      'gateway-api-inference-extension/epp',
      'weir/epp',
    ],
    entrypointArgs: [],
  },
  {
    program: 'initializer-entrypoint',
    role: ['storage-initializer'],
    images: ['kserve/storage-initializer', 'weir/storage-initializer'],
    entrypointArgs: [],
  },
  {
    program: 'weir',
    role: [],
    images: ['weir/weir'],
    entrypointArgs: [],
  },
];

/** Known by name, and refused by it until they are built. */
export const programsNotBuilt: Readonly<
  Record<string, { readonly what: string; readonly images: readonly string[] }>
> = {
  'pd-sidecar': {
    what: 'the prefill/decode routing sidecar',
    images: ['llm-d/llm-d-routing-sidecar', 'llm-d/llm-d-router-disagg-sidecar'],
  },
  'llm-d-inference-sim': { what: 'the engine simulator', images: ['llm-d/llm-d-inference-sim'] },
  sglang: { what: 'the SGLang engine', images: ['lmsysorg/sglang'] },
};

/** Writes one small shell script per program; their folder goes in front of the PATH of every container. */
export function writeShims(folder: string, node: string, launcher: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { program, role } of programs) {
    const file = path.join(folder, program);
    const argv = [quote(node), quote(launcher), ...role].join(' ');
    writeFileSync(file, `#!/bin/sh\nexec ${argv} "$@"\n`);
    chmodSync(file, 0o755);
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
