import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { type MetadataEntry, type Tensor, writeGguf } from './write.ts';

/**
 * A real transformer of the llama family with random weights: two layers of width 64 and a byte-level vocabulary. It
 * talks nonsense, but every part of serving is real, so tests and demonstrations need no download. The bytes depend
 * on nothing but this file.
 */
export async function generateTinyRandom(file: string): Promise<void> {
  const part = `${file}.${randomUUID()}.part`;
  await writeFile(part, tinyRandomBytes());
  await rename(part, file);
}

/** The whole file in memory; below 1 MB. */
export function tinyRandomBytes(): Uint8Array {
  return writeGguf(metadata(), tensors());
}

const width = 64;
const layers = 2;
const heads = 4;
const kvHeads = 2;
const feedForward = 128;

const chatTemplate =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

interface Vocabulary {
  readonly tokens: string[];
  readonly scores: number[];
  readonly types: number[];
}

const tokenType = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

/** Unknown and control tokens, every byte, printable ASCII, and a few merges so that words are not all single letters. */
function vocabulary(): Vocabulary {
  const result: Vocabulary = { tokens: [], scores: [], types: [] };
  const add = (token: string, type: number, score = 0): void => {
    result.tokens.push(token);
    result.scores.push(score);
    result.types.push(type);
  };
  add('<unk>', tokenType.unknown);
  for (const control of ['<s>', '</s>', '<|im_start|>', '<|im_end|>']) add(control, tokenType.control);
  for (let byte = 0; byte < 256; byte++) {
    add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, tokenType.byte);
  }
  add('\u2581', tokenType.normal, -1000);
  for (let code = 0x21; code < 0x7f; code++) add(String.fromCharCode(code), tokenType.normal, -1000);
  const merges = [
    'th',
    'he',
    'in',
    'er',
    'an',
    're',
    'on',
    'at',
    'en',
    'or',
    'es',
    'ar',
    '\u2581t',
    '\u2581a',
  ];
  merges.forEach((merge, i) => {
    add(merge, tokenType.normal, -1 - i);
  });
  return result;
}

function metadata(): Record<string, MetadataEntry> {
  const { tokens, scores, types } = vocabulary();
  return {
    'general.architecture': { type: 'string', value: 'llama' },
    'general.type': { type: 'string', value: 'model' },
    'general.name': { type: 'string', value: 'tiny-random' },
    'general.license': { type: 'string', value: 'apache-2.0' },
    'general.file_type': { type: 'u32', value: 0 },
    'llama.context_length': { type: 'u32', value: 4096 },
    'llama.embedding_length': { type: 'u32', value: width },
    'llama.block_count': { type: 'u32', value: layers },
    'llama.feed_forward_length': { type: 'u32', value: feedForward },
    'llama.attention.head_count': { type: 'u32', value: heads },
    'llama.attention.head_count_kv': { type: 'u32', value: kvHeads },
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
    'llama.rope.dimension_count': { type: 'u32', value: width / heads },
    'llama.rope.freq_base': { type: 'f32', value: 10_000 },
    'llama.vocab_size': { type: 'u32', value: tokens.length },
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.tokens': { type: 'strings', value: tokens },
    'tokenizer.ggml.scores': { type: 'f32s', value: scores },
    'tokenizer.ggml.token_type': { type: 'i32s', value: types },
    'tokenizer.ggml.unknown_token_id': { type: 'u32', value: 0 },
    'tokenizer.ggml.bos_token_id': { type: 'u32', value: 1 },
    'tokenizer.ggml.eos_token_id': { type: 'u32', value: 4 },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: false },
    'tokenizer.ggml.add_space_prefix': { type: 'bool', value: false },
    'tokenizer.chat_template': { type: 'string', value: chatTemplate },
  };
}

function tensors(): Tensor[] {
  const vocabularySize = vocabulary().tokens.length;
  const normal = normalDistribution(0x5eed);
  const matrix = (name: string, columns: number, rows: number, deviation: number): Tensor => ({
    name,
    dimensions: [columns, rows],
    data: Float32Array.from({ length: columns * rows }, () => normal() * deviation),
  });
  const norm = (name: string): Tensor => ({
    name,
    dimensions: [width],
    data: new Float32Array(width).fill(1),
  });
  const inner = 1.2 / Math.sqrt(width);
  const kvWidth = (width / heads) * kvHeads;
  const result = [
    matrix('token_embd.weight', width, vocabularySize, 0.7),
    norm('output_norm.weight'),
    outputMatrix(normal),
  ];
  for (let i = 0; i < layers; i++) {
    result.push(
      norm(`blk.${i}.attn_norm.weight`),
      matrix(`blk.${i}.attn_q.weight`, width, width, inner),
      matrix(`blk.${i}.attn_k.weight`, width, kvWidth, inner),
      matrix(`blk.${i}.attn_v.weight`, width, kvWidth, inner),
      matrix(`blk.${i}.attn_output.weight`, width, width, inner),
      norm(`blk.${i}.ffn_norm.weight`),
      matrix(`blk.${i}.ffn_gate.weight`, width, feedForward, inner),
      matrix(`blk.${i}.ffn_up.weight`, width, feedForward, inner),
      matrix(`blk.${i}.ffn_down.weight`, feedForward, width, 1.2 / Math.sqrt(feedForward)),
    );
  }
  return result;
}

/**
 * Wide enough that greedy decoding does not settle on one token, and narrow for raw bytes and control tokens except the
 * end mark: answers are mostly printable and end by themselves now and then.
 */
function outputMatrix(normal: () => number): Tensor {
  const { tokens, types } = vocabulary();
  const data = new Float32Array(width * tokens.length);
  tokens.forEach((token, row) => {
    const isPrintable = types[row] === tokenType.normal || token === '<|im_end|>';
    for (let i = 0; i < width; i++) data[row * width + i] = normal() * (isPrintable ? 0.35 : 0.02);
  });
  return { name: 'output.weight', dimensions: [width, tokens.length], data };
}

/** Standard normal numbers by Box–Muller from a linear congruential generator. */
function normalDistribution(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
