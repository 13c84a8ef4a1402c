import type { ChatMessage } from '@weir/wire/openai';
import { describe, type Fields } from './fields.ts';
import { badField } from './http-error.ts';

const roles = ['system', 'developer', 'user', 'assistant', 'tool'];
const maxMessages = 4096;

/** Reads `messages`; text parts are joined by line breaks, other kinds of content are refused. */
export function readMessages(fields: Fields): ChatMessage[] {
  const messages = fields.array('messages', maxMessages);
  if (messages === null || messages.length === 0)
    throw badField('messages', 'must hold at least one message');
  return messages.map((message, i) => readMessage(message, `messages[${i}]`));
}

function readMessage(value: unknown, at: string): ChatMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badField(at, `must be an object, not ${describe(value)}`);
  }
  const message: Readonly<Record<string, unknown>> = { ...value };
  const role = message.role;
  if (typeof role !== 'string' || !roles.includes(role)) {
    throw badField(`${at}.role`, `must be one of ${roles.join(', ')}, not ${JSON.stringify(role ?? null)}`);
  }
  const toolCalls = message.tool_calls ?? null;
  if (toolCalls !== null && !Array.isArray(toolCalls)) throw badField(`${at}.tool_calls`, 'must be an array');
  const content = readContent(message.content ?? null, `${at}.content`);
  if (content === null && (role !== 'assistant' || toolCalls === null)) {
    throw badField(`${at}.content`, 'must be a string or an array of parts');
  }
  return {
    role,
    content: content ?? '',
    ...optionalText(message, 'name', at),
    ...optionalText(message, 'tool_call_id', at),
    ...(toolCalls === null ? {} : { tool_calls: toolCalls }),
  };
}

function readContent(content: unknown, at: string): string | null {
  if (content === null || typeof content === 'string') return content;
  if (!Array.isArray(content)) throw badField(at, `must be a string or an array, not ${describe(content)}`);
  return content.map((part: unknown, i) => readPart(part, `${at}[${i}]`)).join('\n');
}

function readPart(part: unknown, at: string): string {
  if (typeof part === 'string') return part;
  const { type = null, text = null } = { ...(typeof part === 'object' ? part : {}) } as {
    type?: unknown;
    text?: unknown;
  };
  if (type !== 'text') {
    throw badField(`${at}.type`, `${JSON.stringify(type)} is not supported: the CPU engine reads text only`);
  }
  if (typeof text !== 'string') throw badField(`${at}.text`, `must be a string, not ${describe(text)}`);
  return text;
}

function optionalText(
  message: Readonly<Record<string, unknown>>,
  name: string,
  at: string,
): Record<string, string> {
  const value = message[name] ?? null;
  if (value === null) return {};
  if (typeof value !== 'string') throw badField(`${at}.${name}`, `must be a string, not ${describe(value)}`);
  return { [name]: value };
}
