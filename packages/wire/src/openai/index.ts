export type * from './chat.ts';
export type * from './common.ts';
export type * from './completions.ts';
export { type OpenAiErrorBody, openAiError } from './errors.ts';
