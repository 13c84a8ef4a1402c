import type { Fields } from './fields.ts';
import { badField } from './http-error.ts';

interface Refusal {
  readonly reason: string;
  /** Values that mean the same as leaving the field out. */
  readonly neutral?: readonly unknown[];
}

const noTools: Refusal = { reason: 'tool calls are not supported by the CPU engine', neutral: [] };
const textOnly: Refusal = { reason: 'the CPU engine reads and writes text only' };
const noTransfer: Refusal = { reason: 'KV and encoder transfer are not supported by the CPU engine' };

/** Fields of OpenAI and vLLM that would change the answer but are not built: refused by name, never ignored. */
const refusals: Readonly<Record<string, Refusal>> = {
  functions: noTools,
  function_call: { ...noTools, neutral: ['none'] },
  modalities: textOnly,
  audio: textOnly,
  mm_processor_kwargs: textOnly,
  media_io_kwargs: textOnly,
  prompt_embeds: textOnly,
  prediction: { reason: 'predicted outputs are not supported by the CPU engine' },
  web_search_options: { reason: 'web search is not supported by the CPU engine' },
  store: { reason: 'the CPU engine stores nothing', neutral: [false] },
  reasoning_effort: { reason: 'the CPU engine serves no reasoning models' },
  thinking_token_budget: { reason: 'the CPU engine serves no reasoning models' },
  verbosity: { reason: 'the CPU engine serves no model that knows it' },
  documents: { reason: 'documents are not supported by the CPU engine', neutral: [] },
  use_beam_search: { reason: 'beam search is not supported by the CPU engine', neutral: [false] },
  length_penalty: { reason: 'it belongs to beam search, which is not supported', neutral: [1] },
  early_stopping: { reason: 'it belongs to beam search, which is not supported', neutral: [false] },
  suffix: { reason: 'insertion is not supported by the CPU engine' },
  logits_processors: { reason: 'the CPU engine loads no plugins' },
  vllm_xargs: { reason: 'the CPU engine loads no plugins', neutral: [] },
  bad_words: { reason: 'use logit_bias to ban tokens', neutral: [] },
  prompt_logprobs: { reason: 'log-probabilities of the prompt are not supported by the CPU engine' },
  spaces_between_special_tokens: { reason: 'only true is supported by the CPU engine', neutral: [true] },
  priority: { reason: 'requests are served in order of arrival', neutral: [0] },
  kv_transfer_params: noTransfer,
  ec_transfer_params: noTransfer,
  cache_hit_threshold: noTransfer,
  chat_template: { reason: 'start the engine with --chat-template instead' },
  guided_regex: { reason: 'regular expressions are not supported — use structured_outputs.grammar' },
  guided_decoding_backend: { reason: 'the CPU engine has one grammar back end' },
  guided_whitespace_pattern: { reason: 'it is not supported by the CPU engine' },
  repetition_detection: { reason: 'it is not supported by the CPU engine' },
  logprob_token_ids: { reason: 'it is not supported by the CPU engine' },
};

/** Fields that are about the caller, not about the answer: read by nobody, harmless to accept. */
const informational = [
  'user',
  'metadata',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'request_id',
  'parallel_tool_calls',
  'include_reasoning',
] as const;

/** Throws a 400 naming the first field that is known but not supported. */
export function refuseUnsupported(fields: Fields): void {
  for (const [name, { reason, neutral }] of Object.entries(refusals)) {
    const value = fields.get(name);
    const isEmpty = neutral?.length === 0 && isEmptyValue(value);
    if (value !== null && !isEmpty && !neutral?.includes(value))
      throw badField(name, `not supported: ${reason}`);
  }
  for (const name of informational) fields.get(name);
}

function isEmptyValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
