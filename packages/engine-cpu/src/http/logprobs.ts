import type { ChatLogprobs, CompletionLogprobs, TokenLogprob } from '@weir/wire/openai';
import type { Model } from '../model/model.ts';
import type { SampledToken, TokenProbability } from '../sampling/token-sampler.ts';

/** How tokens are written: their text, or `token_id:<id>` with `return_tokens_as_token_ids`. */
export type TokenWriter = (token: number) => string;

export function createTokenWriter(model: Model, asIds: boolean): TokenWriter {
  if (asIds) return (token) => `token_id:${token}`;
  return (token) => model.detokenize([token], { withSpecialTokens: true });
}

/** Null when the request did not ask for log-probabilities. */
export function chatLogprobs(tokens: readonly SampledToken[], write: TokenWriter): ChatLogprobs | null {
  const content = tokens.flatMap(({ logprobs }) =>
    logprobs === null
      ? []
      : [
          {
            ...tokenLogprob(logprobs.chosen, write),
            top_logprobs: logprobs.top.map((top) => tokenLogprob(top, write)),
          },
        ],
  );
  return content.length === 0 ? null : { content };
}

function tokenLogprob({ token, logprob }: TokenProbability, write: TokenWriter): TokenLogprob {
  const text = write(token);
  return { token: text, logprob, bytes: [...Buffer.from(text)] };
}

/** `offset` is the length of the text before these tokens. */
export function completionLogprobs(
  tokens: readonly SampledToken[],
  write: TokenWriter,
  offset: number,
): CompletionLogprobs | null {
  const asked = tokens.flatMap(({ logprobs }) => (logprobs === null ? [] : [logprobs]));
  if (asked.length === 0) return null;
  let position = offset;
  const offsets = asked.map(({ chosen }) => {
    const at = position;
    position += write(chosen.token).length;
    return at;
  });
  return {
    text_offset: offsets,
    token_logprobs: asked.map(({ chosen }) => chosen.logprob),
    tokens: asked.map(({ chosen }) => write(chosen.token)),
    // parity: vLLM reports the chosen token even when it is not among the most likely.
    top_logprobs: asked.map(({ chosen, top }) =>
      top.length === 0
        ? null
        : Object.fromEntries([...top, chosen].map(({ token, logprob }) => [write(token), logprob])),
    ),
  };
}

/** `token_ids` of a choice, where the request asked for them. */
export function tokenIds(
  output: { readonly withTokenIds: boolean },
  tokens: readonly SampledToken[],
): { readonly token_ids?: number[] } {
  return output.withTokenIds ? { token_ids: tokens.map(({ token }) => token) } : {};
}
