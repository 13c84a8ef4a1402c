import { createHash } from 'node:crypto';
import { toError } from '@weir/core/errors';
import { type GgufHeader, readGgufHeader } from '../gguf/read-header.ts';
import type { Llama, NativeModel } from '../llama/addon.ts';
import { type ChatTemplate, compileChatTemplate } from './chat-template.ts';

/** A model in memory: weights, tokenizer and chat template. */
export interface Model {
  readonly native: NativeModel;
  readonly header: GgufHeader;
  /** From the file's metadata, for the log. */
  readonly name: string;
  readonly trainedContext: number;
  readonly vocabularySize: number;
  /** Null when the model carries no template: it is not made for chat. */
  readonly chatTemplate: ChatTemplate | null;
  /** Changes with weights or adapter; prefixes are shared only under the same fingerprint. */
  readonly fingerprint: string;
  tokenize(text: string, options: { readonly addSpecialTokens: boolean }): Uint32Array;
  detokenize(tokens: readonly number[], options: { readonly withSpecialTokens: boolean }): string;
  isEndOfGeneration(token: number): boolean;
  /** Characters of the longest token: bounds how much text a number of tokens can hold. */
  longestToken(): number;
}

/** Loads a GGUF file; `chatTemplate` replaces the one in the file. Throws with the reason when the file is unusable. */
export async function loadModel(llama: Llama, file: string, chatTemplate: string | null): Promise<Model> {
  const header = await readGgufHeader(file);
  const native = await llama.loadModel(file);
  const text = (key: string): string | null => {
    const value = header.metadata.get(key);
    return typeof value === 'string' ? value : null;
  };
  const template = chatTemplate ?? text('tokenizer.chat_template');
  const vocabularySize = header.arrayLengths.get('tokenizer.ggml.tokens') ?? 0;
  let longestToken: number | null = null;
  return {
    native,
    header,
    name: text('general.name') ?? native.getModelDescription(),
    trainedContext: native.getTrainContextSize(),
    vocabularySize,
    chatTemplate: template === null ? null : compile(llama, native, template),
    fingerprint: createHash('sha256')
      .update(JSON.stringify([text('general.name'), header.fileBytes, header.tensors]))
      .digest('hex')
      .slice(0, 16),
    tokenize(input, { addSpecialTokens }) {
      const tokens = native.tokenize(input, true);
      if (!addSpecialTokens || !native.shouldPrependBosToken()) return tokens;
      return Uint32Array.of(native.tokenBos(), ...tokens);
    },
    detokenize: (tokens, { withSpecialTokens }) =>
      tokens.length === 0 ? '' : native.detokenize(Uint32Array.from(tokens), withSpecialTokens),
    isEndOfGeneration: (token) => native.isEogToken(token),
    longestToken() {
      longestToken ??= Array.from(
        { length: vocabularySize },
        (_, token) => native.getTokenString(token).length,
      ).reduce((longest, length) => Math.max(longest, length), 1);
      return longestToken;
    },
  };
}

function compile(llama: Llama, native: NativeModel, template: string): ChatTemplate {
  try {
    return compileChatTemplate(llama, native, template);
  } catch (cause) {
    const reason = toError(cause).message.trim().split('\n').at(-1) ?? '';
    throw new Error(
      `the chat template cannot be compiled: ${reason} — give another one with --chat-template`,
      { cause },
    );
  }
}
