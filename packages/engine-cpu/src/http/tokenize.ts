import { renderChat } from './chat.ts';
import { type Exchange, sendJson } from './exchange.ts';
import { Fields } from './fields.ts';
import { badField } from './http-error.ts';
import { readJsonObject } from './read-json.ts';
import { checkModel, tokenizePrompt, warnUnknown } from './request-common.ts';
import { checkToken } from './sampling-fields.ts';

/** POST /tokenize: of a prompt, or of a conversation in the model's chat template. */
export async function handleTokenize({ engine, request, response }: Exchange): Promise<void> {
  const fields = new Fields(await readJsonObject(request));
  checkModel(fields, engine);
  const tools = fields.array('tools', 1024) ?? [];
  if (tools.length > 0) throw badField('tools', 'not supported by the CPU engine');
  if (fields.get('chat_template') !== null)
    throw badField('chat_template', 'not supported by the CPU engine');
  const withText = fields.boolean('return_token_strs') ?? false;
  const prompt = fields.string('prompt');
  const tokens =
    prompt === null
      ? renderChat(fields, engine)
      : tokenizePrompt(engine, prompt, {
          addSpecialTokens: fields.boolean('add_special_tokens') ?? true,
          param: 'prompt',
        });
  warnUnknown(fields, engine);
  sendJson(response, 200, {
    count: tokens.length,
    max_model_len: engine.maxModelLen,
    tokens: [...tokens],
    token_strs: withText ? Array.from(tokens, (token) => engine.model.native.getTokenString(token)) : null,
  });
}

/** POST /detokenize */
export async function handleDetokenize({ engine, request, response }: Exchange): Promise<void> {
  const fields = new Fields(await readJsonObject(request));
  checkModel(fields, engine);
  const tokens = fields.array('tokens', 1_000_000);
  if (tokens === null) throw badField('tokens', 'is required');
  const checked = tokens.map((token) => checkToken('tokens', token, engine.model.vocabularySize));
  warnUnknown(fields, engine);
  sendJson(response, 200, { prompt: engine.model.detokenize(checked, { withSpecialTokens: true }) });
}
