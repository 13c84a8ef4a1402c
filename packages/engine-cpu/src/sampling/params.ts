/** How the tokens of one choice are drawn and when it ends; requests and defaults are already merged. */
export interface SamplingParams {
  /** 0 takes the most likely token. */
  readonly temperature: number;
  readonly topP: number;
  /** 0 or −1: all. */
  readonly topK: number;
  readonly minP: number;
  /** Null: taken from the engine's own sequence. */
  readonly seed: number | null;
  /** Over the output only, as OpenAI and vLLM count. */
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Over prompt and output, as vLLM counts; 1 is off. */
  readonly repetitionPenalty: number;
  readonly logitBias: ReadonlyMap<number, number>;
  readonly allowedTokens: readonly number[] | null;
  readonly stop: readonly string[];
  readonly stopTokens: readonly number[];
  readonly includeStopInOutput: boolean;
  readonly ignoreEos: boolean;
  readonly minTokens: number;
  readonly maxTokens: number;
  readonly skipSpecialTokens: boolean;
  /** Number of alternatives to report per token; 0 reports the chosen one only, null nothing. */
  readonly logprobs: number | null;
  /** GBNF; null leaves the output free. */
  readonly grammar: string | null;
}
