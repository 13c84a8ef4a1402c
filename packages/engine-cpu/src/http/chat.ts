import { toError } from '@weir/core/errors';
import type { ChatChoice, ChatCompletion, ChatCompletionChunk } from '@weir/wire/openai';
import type { Engine } from '../engine.ts';
import type { ChatTemplate, ChatTemplateInput } from '../model/chat-template.ts';
import type { Finish } from '../scheduler/sequence.ts';
import { type Exchange, sendJson } from './exchange.ts';
import { Fields } from './fields.ts';
import { collectChoices, engineFailure, type Generation, startGeneration } from './generate.ts';
import { badField, HttpError } from './http-error.ts';
import { chatLogprobs, tokenIds } from './logprobs.ts';
import { readMessages } from './messages-field.ts';
import { readJsonObject } from './read-json.ts';
import { refuseUnsupported } from './refused-fields.ts';
import {
  type AnswerHead,
  answerHead,
  checkModel,
  type OutputOptions,
  readCacheSalt,
  readOutputOptions,
  tokenizePrompt,
  truncatePrompt,
  warnUnknown,
} from './request-common.ts';
import { readSampling } from './sampling-fields.ts';
import { EventStream } from './stream.ts';

interface ChatContext {
  readonly head: AnswerHead;
  readonly generation: Generation;
  readonly output: OutputOptions;
  readonly role: string;
  /** With `echo`, the text of the last message comes first. */
  readonly echoed: string;
}

/** POST /v1/chat/completions */
export async function handleChat({ engine, request, response, requestId }: Exchange): Promise<void> {
  const fields = new Fields(await readJsonObject(request));
  checkModel(fields, engine);
  refuseUnsupported(fields);
  refuseTools(fields);
  const output = readOutputOptions(fields, engine);
  const messages = readMessages(fields);
  const newer = fields.integer('max_completion_tokens', { min: 1 });
  const older = fields.integer('max_tokens', { min: 1 });
  const input = {
    prompts: [truncatePrompt(fields, engine, renderChat(fields, engine))],
    sampling: readSampling(fields, engine, readChatLogprobs(fields)),
    maxTokens: newer ?? older,
    maxTokensField: newer === null ? 'max_tokens' : 'max_completion_tokens',
    promptField: 'messages',
    cacheSalt: readCacheSalt(fields),
    requestId,
  };
  warnUnknown(fields, engine);
  const context: ChatContext = {
    head: answerHead(engine, `chatcmpl-${requestId}`),
    generation: startGeneration(engine, response, input),
    output,
    role: engine.options.responseRole,
    echoed: output.isEcho ? (messages.at(-1)?.content ?? '') : '',
  };
  if (output.streaming.isOn) await streamChat(context, new EventStream(response));
  else sendJson(response, 200, await completeChat(context));
}

/** The prompt of a conversation as tokens; also used by /tokenize. */
export function renderChat(fields: Fields, engine: Engine): Uint32Array {
  const { chatTemplate } = engine.model;
  const messages = readMessages(fields);
  const addGenerationPrompt = fields.boolean('add_generation_prompt') ?? true;
  const continueFinalMessage = fields.boolean('continue_final_message') ?? false;
  const variables = fields.object('chat_template_kwargs') ?? {};
  const addSpecialTokens = fields.boolean('add_special_tokens') ?? false;
  if (continueFinalMessage && fields.get('add_generation_prompt') === true) {
    throw badField('continue_final_message', 'cannot be combined with add_generation_prompt');
  }
  if (chatTemplate === null) {
    throw new HttpError(
      400,
      'this model has no chat template — use /v1/completions or start with --chat-template',
    );
  }
  const text = renderOrRefuse(chatTemplate, {
    messages,
    addGenerationPrompt: addGenerationPrompt && !continueFinalMessage,
    continueFinalMessage,
    variables,
  });
  return tokenizePrompt(engine, text, { addSpecialTokens, param: 'messages' });
}

function renderOrRefuse(template: ChatTemplate, input: ChatTemplateInput): string {
  try {
    return template.render(input);
  } catch (cause) {
    throw new HttpError(400, `messages: the chat template refuses them: ${templateMessage(cause)}`, {
      param: 'messages',
      cause,
    });
  }
}

/** The renderer shows source excerpts; its last line is what a client can use. */
function templateMessage(thrown: unknown): string {
  return (
    toError(thrown)
      .message.trim()
      .split('\n')
      .at(-1)
      ?.replace(/^Error: /, '') ?? ''
  );
}

function refuseTools(fields: Fields): void {
  const tools = fields.array('tools', 1024) ?? [];
  const choice = fields.get('tool_choice');
  if (choice !== null && choice !== 'none' && !(choice === 'auto' && tools.length === 0)) {
    throw badField('tool_choice', 'only "none" is supported: the CPU engine makes no tool calls');
  }
  if (tools.length > 0 && choice !== 'none') {
    throw badField(
      'tools',
      'not supported: the CPU engine makes no tool calls — leave tools out or set tool_choice "none"',
    );
  }
}

function readChatLogprobs(fields: Fields): number | null {
  const isOn = fields.boolean('logprobs') ?? false;
  const top = fields.integer('top_logprobs', { min: 0 });
  if (top !== null && top > 0 && !isOn) throw badField('top_logprobs', 'needs "logprobs": true');
  return isOn ? (top ?? 0) : null;
}

async function completeChat(context: ChatContext): Promise<ChatCompletion> {
  const choices = await collectChoices(context.generation);
  return {
    ...context.head,
    object: 'chat.completion',
    choices: choices.map(
      ({ text, tokens, finish }, index): ChatChoice => ({
        index,
        message: { role: context.role, content: context.echoed + text, refusal: null },
        logprobs: chatLogprobs(tokens, context.output.write),
        finish_reason: finish.reason,
        stop_reason: finish.stopReason,
        ...tokenIds(context.output, tokens),
      }),
    ),
    service_tier: null,
    system_fingerprint: null,
    usage: context.generation.usage(),
    kv_transfer_params: null,
  };
}

async function streamChat(context: ChatContext, stream: EventStream): Promise<void> {
  const { generation, head, output } = context;
  const { streaming, write } = output;
  const chunk = (choices: ChatCompletionChunk['choices'], withUsage: boolean): ChatCompletionChunk => ({
    ...head,
    object: 'chat.completion.chunk',
    choices,
    ...(withUsage ? { usage: generation.usage() } : {}),
  });
  const isContinuous = streaming.options.continuous_usage_stats ?? false;
  const started = new Set<number>();
  for await (const { index, delivery } of generation.deliveries) {
    const { text, tokens, finish } = delivery;
    if (finish?.reason === 'error') {
      await stream.fail(engineFailure());
      return;
    }
    if (!started.has(index)) {
      started.add(index);
      const delta = { role: context.role, content: context.echoed };
      await stream.send(chunk([{ index, delta, logprobs: null, finish_reason: null }], isContinuous));
    }
    const choice = {
      index,
      delta: text === '' ? {} : { content: text },
      logprobs: chatLogprobs(tokens, write),
      finish_reason: finish?.reason ?? null,
      ...stopReason(finish),
      ...tokenIds(context.output, tokens),
    };
    await stream.send(chunk([choice], isContinuous));
  }
  if (streaming.options.include_usage) await stream.send(chunk([], true));
  await stream.end();
}

function stopReason(finish: Finish | null): { stop_reason?: string | number | null } {
  return finish === null ? {} : { stop_reason: finish.stopReason };
}
