import type { ChatMessage } from '@weir/wire/openai';
import type { Llama, NativeModel } from '../llama/addon.ts';

export interface ChatTemplateInput {
  readonly messages: readonly ChatMessage[];
  readonly addGenerationPrompt: boolean;
  /** Leaves the last message open, so that the model goes on writing it. */
  readonly continueFinalMessage: boolean;
  /** Further variables of the template (`chat_template_kwargs`). */
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface ChatTemplate {
  /** Throws with the template's own words when it refuses the conversation. */
  render(input: ChatTemplateInput): string;
}

/** Compiles a Jinja chat template with llama.cpp's own renderer. */
export function compileChatTemplate(llama: Llama, model: NativeModel, template: string): ChatTemplate {
  const compiled = llama.compileTemplate(template);
  const special = {
    bos_token: model.tokenBos() < 0 ? '' : model.getTokenString(model.tokenBos()),
    eos_token: model.tokenEos() < 0 ? '' : model.getTokenString(model.tokenEos()),
  };
  return {
    render: ({ messages, addGenerationPrompt, continueFinalMessage, variables }) => {
      const text = compiled.render({
        ...special,
        ...variables,
        messages,
        add_generation_prompt: addGenerationPrompt,
      });
      return continueFinalMessage ? cutAfterFinalMessage(text, messages.at(-1)?.content ?? '') : text;
    },
  };
}

/** Everything behind the final message (end marks, line break) is cut off. */
function cutAfterFinalMessage(text: string, content: string): string {
  const trimmed = content.trimEnd();
  const at = text.lastIndexOf(trimmed);
  return trimmed === '' || at < 0 ? text : text.slice(0, at + trimmed.length);
}
