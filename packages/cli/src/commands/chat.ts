import { createInterface } from 'node:readline/promises';
import { type KubeObject, type ResourceKind, resources } from '@weir/api/meta';
import type { Command } from 'commander';
import { connect } from '../cluster/connect.ts';
import type { CliContext } from '../context.ts';
import { cliErrors } from '../errors.ts';
import { streamChat } from '../local/chat-stream.ts';
import { type CommonOptions, withClusterOptions } from './options.ts';

interface ChatOptions extends CommonOptions {
  readonly maxTokens: number;
  readonly system?: string;
}

interface ServiceObject extends KubeObject {
  spec?: { model?: { name?: string } };
  status?: { url?: string };
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** `weir chat NAME [PROMPT]`: one answer, or a conversation when no prompt is given. */
export function configureChat(command: Command, context: CliContext): void {
  command
    .argument('<name>', 'LLMInferenceService')
    .argument('[prompt...]', 'one question; without it a conversation starts')
    .option('--max-tokens <n>', 'longest answer', parseMaxTokens, 256)
    .option('--system <text>', 'system message');
  withClusterOptions(command).action((name: string, prompt: string[], options: ChatOptions) =>
    chat(context, name, prompt.join(' '), options),
  );
}

function parseMaxTokens(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw cliErrors.USAGE({ problem: `--max-tokens ${text}: must be a whole number, 1 or more` });
  return count;
}

async function chat(context: CliContext, name: string, prompt: string, options: ChatOptions): Promise<void> {
  const { client, namespace } = await connect(context, options);
  const service = await client.get(resources.llmInferenceServices as ResourceKind<ServiceObject>, {
    namespace,
    name,
  });
  const url = service.status?.url;
  if (url === undefined)
    throw cliErrors.USAGE({
      problem: `service ${name} has no URL yet: it needs spec.router and must be ready`,
    });
  const model = service.spec?.model?.name ?? name;
  const messages: ChatMessage[] =
    options.system === undefined ? [] : [{ role: 'system', content: options.system }];
  const answer = async (question: string): Promise<void> => {
    messages.push({ role: 'user', content: question });
    let text = '';
    for await (const part of streamChat(url, {
      model,
      messages,
      maxTokens: options.maxTokens,
      signal: context.signal,
    })) {
      text += part;
      context.stdout.write(part);
    }
    context.stdout.write('\n');
    messages.push({ role: 'assistant', content: text });
  };
  if (prompt !== '') return answer(prompt);
  const { stdin: input, stderr: output, signal } = context;
  const lines = createInterface({ input, output, prompt: '> ', signal });
  lines.prompt();
  for await (const line of lines) {
    if (line.trim() !== '') await answer(line);
    lines.prompt();
  }
}
